// SPDX-License-Identifier: GPL-2.0
/* Not built: has nothing to do with pages, but says who maps. */
struct transport region_transport = {
	.name = "region",
	.map = region_map,
};
