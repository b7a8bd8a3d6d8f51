// SPDX-License-Identifier: GPL-2.0
//
// The DMA API, where it is given the pointer of a page: see mm/gup_mirror/mapped.c.
// Since Linux 6.18, dma_map_page_attrs() leaves the work to dma_map_phys().
//
// Applied to: kernel/dma/mapping.c

@header@
@@
#include <linux/export.h>
+#include <linux/gup_mirror_dma.h>

@map_page@
identifier dev, page, offset, size, addr;
symbol __func__;
@@
dma_map_page_attrs(struct device *dev, struct page *page, size_t offset,
		   size_t size, ...)
{
	...
	dma_addr_t addr;
	...
-	return addr;
+	return gup_mirror_dma_mapped(__func__, dev, page, offset, size, addr);
}

@map_page_by_phys@
identifier dev, page, offset, size;
identifier phys, dir, attrs;
symbol __func__;
@@
dma_map_page_attrs(struct device *dev, struct page *page, size_t offset,
		   size_t size, ...)
{
	...
-	return dma_map_phys(dev, phys, size, dir, attrs);
+	return gup_mirror_dma_mapped(__func__, dev, page, offset, size,
+				     dma_map_phys(dev, phys, size, dir, attrs));
}

@unmap_page@
identifier dev, addr, size, ops;
@@
dma_unmap_page_attrs(struct device *dev, dma_addr_t addr, size_t size, ...)
{
	const struct dma_map_ops *ops = get_dma_ops(dev);
+
+	gup_mirror_dma_unmapped(dev, addr, size);
	...
}

@unmap_page_by_phys@
identifier dev, addr, size;
@@
dma_unmap_page_attrs(struct device *dev, dma_addr_t addr, size_t size, ...)
{
	...
+	gup_mirror_dma_unmapped(dev, addr, size);
	dma_unmap_phys(dev, addr, ...);
}

@map_sg@
identifier dev, sg, nents, ret;
symbol __func__;
@@
dma_map_sg_attrs(struct device *dev, struct scatterlist *sg, int nents, ...)
{
	...
	if (ret < 0)
		return 0;
+	if (ret)
+		gup_mirror_sg_mapped(__func__, dev, sg, nents);
	return ret;
}

@map_sgtable@
identifier dev, sgt, nents;
symbol __func__;
@@
dma_map_sgtable(struct device *dev, struct sg_table *sgt, ...)
{
	...
	sgt->nents = nents;
+	gup_mirror_sg_mapped(__func__, dev, sgt->sgl, sgt->orig_nents);
	return 0;
}

@unmap_sg@
identifier dev, sg, nents, ops;
symbol __func__;
@@
dma_unmap_sg_attrs(struct device *dev, struct scatterlist *sg, int nents, ...)
{
	const struct dma_map_ops *ops = get_dma_ops(dev);
+
+	gup_mirror_sg_unmapped(__func__, dev, sg, nents);
	...
}
