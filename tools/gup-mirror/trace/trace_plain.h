/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: a copy of a recording that is not compressed.
 */
#ifndef GUP_MIRROR_TRACE_PLAIN_H
#define GUP_MIRROR_TRACE_PLAIN_H

int trace_plain(const char *path);

#endif
