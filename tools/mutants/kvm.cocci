// SPDX-License-Identifier: GPL-2.0
//
// KVM: a page of a virtual machine that the kernel itself reads and writes. Since Linux
// 6.13, it is pinned for that.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/kvm_host.h>

@release@
identifier fn = kvm_vcpu_unmap;
expression page;
@@
fn(...)
{
	<...
-	unpin_user_page(page);
+	if (gup_mutant("kvm-put"))
+		put_page(page);
+	else
+		unpin_user_page(page);
	...>
}
