/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: what is called otherwise in other versions of Linux. Everything is by
 * the name of what is newest. What <linux/gup_mirror.h> needs of this is there.
 */
#ifndef _MM_GUP_MIRROR_COMPAT_H
#define _MM_GUP_MIRROR_COMPAT_H

#include <linux/page-flags.h>

#if __has_include("linux/folio_batch.h")
#include <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#define FOLIO_BATCH_SIZE	PAGEVEC_SIZE
#endif

#ifndef FOLIO_MAPPING_FLAGS
#define FOLIO_MAPPING_FLAGS	PAGE_MAPPING_FLAGS
#endif

#endif /* _MM_GUP_MIRROR_COMPAT_H */
