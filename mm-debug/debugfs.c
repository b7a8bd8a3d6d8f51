// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: /sys/kernel/debug/gup_mirror/
 *
 * The first line of each table names its format and a version. New lines and
 * columns come last; a change of what is there gets a new version.
 */

#define pr_fmt(fmt) "gup_mirror: " fmt

#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "config.h"
#include "explained.h"
#include "faults.h"
#include "files.h"
#include "gets.h"
#include "ledger.h"
#include "mapped.h"
#include "outstanding.h"
#include "places.h"
#include "reports.h"
#include "suspects.h"
#include "views.h"

static bool layer_enabled(void)
{
	return gup_mirror_config.mode != GUP_MIRROR_MODE_OFF &&
	       READ_ONCE(gup_mirror_enabled);
}

/* One line of the file. */
static void show(struct seq_file *m, const char *key, unsigned long value)
{
	seq_printf(m, "%s: %lu\n", key, value);
}

static void show_counter(struct seq_file *m, const char *key,
			 const atomic_long_t *counter)
{
	show(m, key, atomic_long_read(counter));
}

static void add_pins(struct gup_mirror_entry *entry, unsigned long pfn, void *data)
{
	unsigned long *pins = data;

	*pins += GUP_MIRROR_HOLD_PINS(atomic64_read(&entry->hold));
}

static unsigned long pins_held(void)
{
	unsigned long pins = 0;

	if (gup_mirror_config.mode != GUP_MIRROR_MODE_OFF)
		gup_mirror_visit(&gup_mirror_ledger, add_pins, &pins);
	return pins;
}

/* Keys are documented in debugfs-gup-mirror; new ones come last. */
static int summary_show(struct seq_file *m, void *v)
{
	const struct gup_mirror_config *config = &gup_mirror_config;
	const struct gup_mirror_views *views = &gup_mirror_views;
	unsigned int i;

	seq_puts(m, "gup_mirror summary - version: 1\n");
	seq_printf(m, "mode: %s\n", gup_mirror_mode_names[config->mode]);
	show(m, "enabled", layer_enabled());
	seq_printf(m, "fault: %s\n", config->panic ? "panic" : "report");
	show(m, "repair", config->repair);
	show(m, "stacks", config->stacks);
	show(m, "views_pin", views->nr[GUP_MIRROR_KIND_PIN]);
	show(m, "views_get", views->nr[GUP_MIRROR_KIND_GET]);
	show(m, "sites", gup_mirror_sites_used());
	show_counter(m, "overflow", &gup_mirror_overflow);
	show_counter(m, "unmirrored", &gup_mirror_unmirrored);
	for (i = 0; i < GUP_MIRROR_NR_CLASSES; i++)
		show_counter(m, gup_mirror_class_names[i], &gup_mirror_counts[i]);
	show_counter(m, "reports", &gup_mirror_reports);
	show_counter(m, "lost", &gup_mirror_lost);
	show_counter(m, "filtered", &gup_mirror_filtered);
	show(m, "pins", pins_held());
	show(m, "groups", gup_mirror_groups_used());
	show_counter(m, "groups_lost", &gup_mirror_groups_lost);
	show_counter(m, "shares_lost", &gup_mirror_shares_lost);
	show_counter(m, "stacks_lost", &gup_mirror_stacks_lost);
	show_counter(m, "untracked", &gup_mirror_untracked);
	show(m, "orphans", READ_ONCE(gup_mirror_orphans));
	show(m, "maybe_pinned", READ_ONCE(gup_mirror_maybe_pinned));
	show(m, "snapshot_ms", gup_mirror_snapshot_age_ms());
	show_counter(m, "inconsistent", &gup_mirror_faults);
	if (gup_mirror_first_fault())
		seq_printf(m, "inconsistent_first: %s\n",
			   gup_mirror_first_fault());
	show_counter(m, "callers_lost", &gup_mirror_callers_lost);
	show_counter(m, "counts_lost", &gup_mirror_counts_lost);
	show(m, "ledger_kib", gup_mirror_ledger_bytes() / 1024);
	show(m, "puts", config->puts);
	show_counter(m, "puts_unsure", &gup_mirror_puts_unsure);
	show_counter(m, "suspects_lost", &gup_mirror_suspects_lost);
	show_counter(m, "gets_untracked", &gup_mirror_gets_untracked);
	show_counter(m, "possible", &gup_mirror_possible);
	show(m, "files", config->files);
	show_counter(m, "files_lost", &gup_mirror_files_lost);
	show_counter(m, "sums_lost", &gup_mirror_sums_lost);
	show(m, "dma", config->dma);
	show_counter(m, "mappings_lost", &gup_mirror_mappings_lost);
	show_counter(m, "untracked_held", &gup_mirror_untracked_held);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(summary);
DEFINE_SHOW_ATTRIBUTE(gup_mirror_sites);
DEFINE_SHOW_ATTRIBUTE(gup_mirror_violations);
DEFINE_SHOW_ATTRIBUTE(gup_mirror_outstanding);
DEFINE_SHOW_ATTRIBUTE(gup_mirror_ages);
DEFINE_SHOW_ATTRIBUTE(gup_mirror_files);

static ssize_t enabled_read(struct file *file, char __user *buf, size_t count,
			    loff_t *pos)
{
	return simple_read_from_buffer(buf, count, pos,
				       layer_enabled() ? "1\n" : "0\n", 2);
}

/*
 * Read "0" or "1", with or without a line end, and nothing else: a switch is not
 * to be set by accident. What kstrtou8_from_user() cannot hold, it does not see.
 */
static int read_switch(const char __user *buf, size_t count, bool *on)
{
	char text[2];

	if (!count || count > sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	if ((text[0] != '0' && text[0] != '1') ||
	    (count == 2 && text[1] != '\n'))
		return -EINVAL;
	*on = text[0] == '1';
	return 0;
}

/* The same where only "1" means something. */
static int read_trigger(const char __user *buf, size_t count)
{
	bool on;
	int ret;

	ret = read_switch(buf, count, &on);
	if (ret)
		return ret;
	return on ? 0 : -EINVAL;
}

static ssize_t enabled_write(struct file *file, const char __user *buf,
			     size_t count, loff_t *pos)
{
	bool on;
	int ret;

	ret = read_switch(buf, count, &on);
	if (ret) {
		pr_err("enabled: write 1 to check releases, 0 to stop\n");
		return ret;
	}

	/* The views must be there before the first process is. */
	if (on && gup_mirror_config.mode == GUP_MIRROR_MODE_OFF) {
		pr_err("enabled: the layer is off since boot, boot with gup_mirror=pin or gup_mirror=all\n");
		return -EOPNOTSUPP;
	}

	if (on && gup_mirror_first_fault()) {
		pr_err("enabled: the ledger was found inconsistent (%s), reports stay off until the next boot\n",
		       gup_mirror_first_fault());
		return -EINVAL;
	}

	WRITE_ONCE(gup_mirror_enabled, on);
	return count;
}

static const struct file_operations enabled_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = enabled_read,
	.write = enabled_write,
	.llseek = default_llseek,
};

static ssize_t clear_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *pos)
{
	int ret;

	ret = read_trigger(buf, count);
	if (ret) {
		pr_err("clear: write 1 to set all counters to 0\n");
		return ret;
	}

	gup_mirror_sites_clear();
	gup_mirror_violations_clear();
	gup_mirror_files_clear();
	return count;
}

static const struct file_operations clear_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = clear_write,
	.llseek = default_llseek,
};

static ssize_t snapshot_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *pos)
{
	int ret;

	ret = read_trigger(buf, count);
	if (ret) {
		pr_err("snapshot: write 1 to count from now on what is taken and not given back\n");
		return ret;
	}
	if (gup_mirror_config.mode == GUP_MIRROR_MODE_OFF) {
		pr_err("snapshot: the layer is off since boot, boot with gup_mirror=pin or gup_mirror=all\n");
		return -EOPNOTSUPP;
	}

	gup_mirror_snapshot();
	return count;
}

static const struct file_operations snapshot_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = snapshot_write,
	.llseek = default_llseek,
};

static ssize_t filter_read(struct file *file, char __user *buf, size_t count,
			   loff_t *pos)
{
	char filter[GUP_MIRROR_FILTER_LEN + 1];

	gup_mirror_filter_get(filter, GUP_MIRROR_FILTER_LEN);
	if (filter[0])
		strcat(filter, "\n");
	return simple_read_from_buffer(buf, count, pos, filter, strlen(filter));
}

static ssize_t filter_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *pos)
{
	char *text;
	int ret;

	/* What is too long for the filter need not be read. */
	text = count < 2 * GUP_MIRROR_FILTER_LEN ?
	       memdup_user_nul(buf, count) : ERR_PTR(-E2BIG);
	if (IS_ERR(text)) {
		ret = PTR_ERR(text);
	} else {
		ret = strlen(text) == count ? gup_mirror_filter_set(text) :
					      -EINVAL;
		kfree(text);
	}
	if (ret == -E2BIG || ret == -EINVAL)
		pr_err("filter: write names of functions or modules, with * and ? and [...] in them and commas between them, at most %u characters\n",
		       GUP_MIRROR_FILTER_LEN - 1);

	return ret ?: count;
}

static const struct file_operations filter_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = filter_read,
	.write = filter_write,
	.llseek = default_llseek,
};

static int __init gup_mirror_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("gup_mirror", NULL);

	debugfs_create_file("summary", 0400, dir, NULL, &summary_fops);
	debugfs_create_file("sites", 0400, dir, NULL, &gup_mirror_sites_fops);
	debugfs_create_file("violations", 0400, dir, NULL,
			    &gup_mirror_violations_fops);
	debugfs_create_file("outstanding", 0400, dir, NULL,
			    &gup_mirror_outstanding_fops);
	debugfs_create_file("ages", 0400, dir, NULL, &gup_mirror_ages_fops);
	debugfs_create_file("files", 0400, dir, NULL, &gup_mirror_files_fops);
	debugfs_create_file("enabled", 0600, dir, NULL, &enabled_fops);
	debugfs_create_file("filter", 0600, dir, NULL, &filter_fops);
	debugfs_create_file("snapshot", 0200, dir, NULL, &snapshot_fops);
	debugfs_create_file("clear", 0200, dir, NULL, &clear_fops);
	return 0;
}
late_initcall(gup_mirror_debugfs_init);
