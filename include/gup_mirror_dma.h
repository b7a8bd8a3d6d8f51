/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: hooks into the DMA API, which maps pages for devices.
 *
 * Pins have to stay until the device has nothing any more of what they are on. Only
 * pages whose pointers lead into a pin view are looked at.
 */
#ifndef _LINUX_GUP_MIRROR_DMA_H
#define _LINUX_GUP_MIRROR_DMA_H

#include <linux/dma-mapping.h>
#include <linux/gup_mirror.h>

#ifdef CONFIG_DEBUG_GUP_MIRROR

#include <linux/instruction_pointer.h>
#include <linux/jump_label.h>
#include <linux/scatterlist.h>

/* On if mappings of pinned pages are to be remembered. */
DECLARE_STATIC_KEY_FALSE(gup_mirror_dma_key);

void __gup_mirror_dma_mapped(const char *fn, struct device *dev,
			     struct page *page, unsigned long offset,
			     size_t size, dma_addr_t addr, unsigned long ip);
void __gup_mirror_dma_unmapped(struct device *dev, dma_addr_t addr, size_t size);
void __gup_mirror_sg_mapped(const char *fn, struct device *dev,
			    struct scatterlist *sgl, int nents, unsigned long ip);
void __gup_mirror_sg_unmapped(const char *fn, struct device *dev,
			      struct scatterlist *sgl, int nents,
			      unsigned long ip);

/**
 * gup_mirror_dma_mapped() - a page, or several in a row, were mapped for a device
 * @fn: name of the function that maps, which is not inlined
 * @dev: the device
 * @page: the first page, as the caller gave it
 * @offset: where the mapping begins, in bytes from there
 * @size: its length, in bytes
 * @addr: what the device calls it, or DMA_MAPPING_ERROR
 *
 * Context: As @fn.
 * Return: @addr.
 */
static __always_inline dma_addr_t
gup_mirror_dma_mapped(const char *fn, struct device *dev, struct page *page,
		      unsigned long offset, size_t size, dma_addr_t addr)
{
	if (static_branch_unlikely(&gup_mirror_dma_key) &&
	    gup_mirror_is_pin_view(page) && addr != DMA_MAPPING_ERROR)
		__gup_mirror_dma_mapped(fn, dev, page, offset, size, addr, _RET_IP_);
	return addr;
}

/**
 * gup_mirror_dma_unmapped() - a device is about to lose what one call has mapped
 * @dev: the device
 * @addr: what it calls it
 * @size: how much that is, in bytes
 *
 * Comes first: as soon as it is unmapped, the address may be that of other pages.
 *
 * Context: As dma_unmap_page().
 */
static __always_inline void gup_mirror_dma_unmapped(struct device *dev,
						    dma_addr_t addr, size_t size)
{
	if (static_branch_unlikely(&gup_mirror_dma_key))
		__gup_mirror_dma_unmapped(dev, addr, size);
}

/**
 * gup_mirror_sg_mapped() - a scatterlist was mapped for a device
 * @fn: name of the function that maps, which is not inlined
 * @dev: the device
 * @sgl: the list
 * @nents: entries of it that have pages
 *
 * Context: As @fn.
 */
static __always_inline void gup_mirror_sg_mapped(const char *fn,
						 struct device *dev,
						 struct scatterlist *sgl,
						 int nents)
{
	if (static_branch_unlikely(&gup_mirror_dma_key))
		__gup_mirror_sg_mapped(fn, dev, sgl, nents, _RET_IP_);
}

/**
 * gup_mirror_sg_unmapped() - a device is about to lose a scatterlist
 * @fn: name of the function that unmaps, which is not inlined
 * @dev: the device
 * @sgl: the list
 * @nents: as in gup_mirror_sg_mapped()
 *
 * Context: As @fn.
 */
static __always_inline void gup_mirror_sg_unmapped(const char *fn,
						   struct device *dev,
						   struct scatterlist *sgl,
						   int nents)
{
	if (static_branch_unlikely(&gup_mirror_dma_key))
		__gup_mirror_sg_unmapped(fn, dev, sgl, nents, _RET_IP_);
}

#else /* !CONFIG_DEBUG_GUP_MIRROR */

/* No inlines: compilers lay out anew what calls one. */
#define gup_mirror_dma_mapped(fn, dev, page, offset, size, addr)		\
	((void)(fn), (void)(dev), (void)(page), (void)(offset), (void)(size), (addr))
#define gup_mirror_dma_unmapped(dev, addr, size)			\
	((void)(dev), (void)(addr), (void)(size))
#define gup_mirror_sg_mapped(fn, dev, sgl, nents)			\
	((void)(fn), (void)(dev), (void)(sgl), (void)(nents))
#define gup_mirror_sg_unmapped(fn, dev, sgl, nents)			\
	((void)(fn), (void)(dev), (void)(sgl), (void)(nents))

#endif /* CONFIG_DEBUG_GUP_MIRROR */

#endif /* _LINUX_GUP_MIRROR_DMA_H */
