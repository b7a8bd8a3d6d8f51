// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: what places in the code are called once their module has gone.
 *
 * Another module may be loaded to the same addresses. So a place keeps its name,
 * and a frame of an old stack is told by module and offset: never by the symbols
 * of whoever lives there now.
 */

#include <linux/compiler.h>
#include <linux/gup_mirror.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#include "compat.h"
#include "modules.h"
#include "places.h"
#include "table.h"

/**
 * struct gone - code that has gone
 * @list: of all that has gone
 * @start: its first address
 * @size: in bytes
 * @generation: of the stacks that may still mean it: this one, and earlier ones
 * @module: name of the module
 */
struct gone {
	struct list_head list;
	unsigned long start;
	unsigned long size;
	u32 generation;
	char module[MODULE_NAME_LEN];
};

/* Raw, since reports are made with any lock held. Nothing nests inside. */
static DEFINE_RAW_SPINLOCK(gone_lock);
/* One for each place that a module was at: one that comes back is there already. */
static LIST_HEAD(gone_code);
static u32 generation;

u32 gup_mirror_generation(void)
{
	return READ_ONCE(generation);
}

#ifdef CONFIG_MODULES

static struct gone *find_same(const struct gone *code)
{
	struct gone *gone;

	list_for_each_entry(gone, &gone_code, list) {
		if (gone->start == code->start && gone->size == code->size &&
		    !strcmp(gone->module, code->module))
			return gone;
	}
	return NULL;
}

/* The parts of a module that have code, and go at a time. */
static void part_goes(const struct module *mod, const void *base,
		      unsigned int size)
{
	struct gone *new, *same;

	if (!size)
		return;

	/* Without memory, an old frame may get the name of who is there then. */
	new = kzalloc_obj(*new, GFP_KERNEL);
	if (!new)
		return;
	new->start = (unsigned long)base;
	new->size = size;
	strscpy(new->module, mod->name, sizeof(new->module));

	raw_spin_lock_irq(&gone_lock);
	same = find_same(new);
	if (!same)
		list_add(&new->list, &gone_code);
	(same ?: new)->generation = generation;
	WRITE_ONCE(generation, generation + 1);
	raw_spin_unlock_irq(&gone_lock);
	if (same)
		kfree(new);
}

/**
 * gup_mirror_code_goes() - note that code is about to go
 * @mod: the module; nothing runs there any more
 *
 * A module that is live now loses what it was initialized by.
 *
 * Context: Process context.
 */
void gup_mirror_code_goes(const struct module *mod)
{
	part_goes(mod, gup_mirror_mod_init_text(mod)->base,
		  gup_mirror_mod_init_text(mod)->size);
	if (mod->state != MODULE_STATE_LIVE)
		part_goes(mod, gup_mirror_mod_text(mod)->base,
			  gup_mirror_mod_text(mod)->size);
}

/**
 * gup_mirror_in_module() - is an address in what is about to go?
 * @ip: the address
 * @mod: the module, in the state that the notifier was called for
 *
 * Context: Any.
 * Return: true if @ip will soon belong to somebody else.
 */
bool gup_mirror_in_module(unsigned long ip, const struct module *mod)
{
	return mod->state == MODULE_STATE_LIVE ? within_module_init(ip, mod) :
						 within_module(ip, mod);
}

/**
 * gup_mirror_place_goes() - a module goes: keep the name of a place in it
 * @place: the place
 * @mod: the module
 * @table: what @place is found by, as long as its code is there
 * @gone: where it is kept until the module comes back
 *
 * Nothing happens if @place is not in @mod, or not in the part that goes.
 *
 * Context: Process context; may sleep.
 */
void gup_mirror_place_goes(struct gup_mirror_place *place,
			   const struct module *mod,
			   struct gup_mirror_table *table,
			   struct hlist_head *gone)
{
	char name[GUP_MIRROR_NAME_LEN];

	if (place->init_of == mod && mod->state != MODULE_STATE_LIVE)
		place->init_of = NULL;
	if (!place->ip || !gup_mirror_in_module(place->ip, mod))
		return;

	/* When it comes back, it has the name still. */
	if (!place->name) {
		scnprintf(name, sizeof(name), "%pS", (void *)place->ip);
		place->name = kstrdup(name, GFP_KERNEL) ?: "a module that has gone";
	}
	if (mod->state == MODULE_STATE_LIVE)
		place->init_of = mod;

	raw_spin_lock_irq(&table->lock);
	hlist_del_rcu(&place->node);
	/* Pairs with the acquire in gup_mirror_place_name(). */
	smp_store_release(&place->ip, 0);
	hlist_add_head_rcu(&place->node, gone);
	raw_spin_unlock_irq(&table->lock);
}

#endif /* CONFIG_MODULES */

/**
 * gup_mirror_place_returns() - find the place of a module that has come back
 * @gone: the places that have gone
 * @call: a call that has no place yet
 *
 * A module that is loaded again has its functions at other addresses, maybe, but
 * under the same names: a function of another size is another one.
 *
 * Context: Any, with the lock of the table held.
 * Return: The place, which is no longer among @gone; or NULL.
 */
struct gup_mirror_place *
gup_mirror_place_returns(struct hlist_head *gone,
			 const struct gup_mirror_call *call)
{
	struct gup_mirror_place *place;
	char name[GUP_MIRROR_NAME_LEN];

	if (hlist_empty(gone) || core_kernel_text(call->ip))
		return NULL;

	scnprintf(name, sizeof(name), "%pS", (void *)call->ip);
	hlist_for_each_entry(place, gone, node) {
		if (place->fn == call->fn && !strcmp(place->name, name)) {
			hlist_del_rcu(&place->node);
			return place;
		}
	}
	return NULL;
}

/**
 * gup_mirror_place_name() - where a place is, in words
 * @buf: receives "function+offset/size [module]"
 * @size: size of @buf, in bytes
 * @place: the place
 * @unknown: text for a place that has no address and no name
 *
 * Context: Any.
 */
void gup_mirror_place_name(char *buf, size_t size,
			   const struct gup_mirror_place *place,
			   const char *unknown)
{
	/* Pairs with the release where a module goes: then there is a name. */
	unsigned long ip = smp_load_acquire(&place->ip);

	if (ip)
		scnprintf(buf, size, "%pS", (void *)ip);
	else
		strscpy(buf, place->name ?: unknown, size);
}

/* What became of a frame of an old stack. */
struct old_frame {
	unsigned long offset;
	char module[MODULE_NAME_LEN];
};

/* Was there, when a stack was saved, code at @ip that has gone since? */
static bool find_gone(struct old_frame *frame, unsigned long ip, u32 then)
{
	const struct gone *gone, *first = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&gone_lock, flags);
	list_for_each_entry(gone, &gone_code, list) {
		/* Of several, the one that went first after the stack was saved. */
		if (ip - gone->start < gone->size &&
		    (s32)(gone->generation - then) >= 0 &&
		    (!first || (s32)(gone->generation - first->generation) < 0))
			first = gone;
	}
	if (first) {
		frame->offset = ip - first->start;
		strscpy(frame->module, first->module, sizeof(frame->module));
	}
	raw_spin_unlock_irqrestore(&gone_lock, flags);
	return first;
}

/* "function+offset/size [module]", or "module+offset (unloaded)" */
static void frame_name(char *buf, size_t size, unsigned long ip, u32 then)
{
	struct old_frame frame;

	if (unlikely(then != gup_mirror_generation()) &&
	    find_gone(&frame, ip, then))
		scnprintf(buf, size, "%s+0x%lx (unloaded)", frame.module,
			  frame.offset);
	else
		scnprintf(buf, size, "%pS", (void *)ip);
}

/**
 * gup_mirror_stack_line() - a stack in words, line by line
 * @buf: receives a frame; or that there is none, as the only line
 * @size: size of @buf, in bytes
 * @stack: the stack, or 0
 * @then: gup_mirror_generation() when it was saved
 * @number: of the line, from 0
 *
 * Context: Any.
 * Return: false if there is no such line.
 */
bool gup_mirror_stack_line(char *buf, size_t size, depot_stack_handle_t stack,
			   u32 then, unsigned int number)
{
	unsigned long *entries;
	unsigned int nr = stack ? stack_depot_fetch(stack, &entries) : 0;

	if (number < nr)
		frame_name(buf, size, entries[number], then);
	else if (!nr && !number)
		strscpy(buf, "not recorded", size);
	else
		return false;
	return true;
}

/**
 * gup_mirror_show_stack() - print a stack, a line for each frame
 * @m: the file
 * @indent: what each line starts with
 * @stack: the stack, or 0
 * @then: gup_mirror_generation() when it was saved
 *
 * Context: Process context.
 */
void gup_mirror_show_stack(struct seq_file *m, const char *indent,
			   depot_stack_handle_t stack, u32 then)
{
	char line[GUP_MIRROR_NAME_LEN];
	unsigned int i;

	for (i = 0; gup_mirror_stack_line(line, sizeof(line), stack, then, i); i++)
		seq_printf(m, "%s%s\n", indent, line);
}
