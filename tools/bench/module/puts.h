/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PUTS_H
#define _PUTS_H

struct bench_pins;
struct folio;
struct page;

void bench_put_page(struct page *page);
void bench_folio_put(struct folio *folio);
int bench_puts(const struct bench_pins *arg);

#endif /* _PUTS_H */
