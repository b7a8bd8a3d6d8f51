/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: modules that come and go.
 */
#ifndef _MM_GUP_MIRROR_MODULES_H
#define _MM_GUP_MIRROR_MODULES_H

struct module;

#ifdef CONFIG_MODULES
/* places.c */
void gup_mirror_code_goes(const struct module *mod);
/* unload.c */
void gup_mirror_modules_init(void);
#else
static inline void gup_mirror_modules_init(void)
{
}
#endif

#endif /* _MM_GUP_MIRROR_MODULES_H */
