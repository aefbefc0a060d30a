// SPDX-License-Identifier: GPL-2.0-or-later
#include "model.h"

#include <string.h>

static const struct model_value zeros;

static bool same(struct model_value a, struct model_value b)
{
	/* Nobody writes zeros. */
	return a.generation == b.generation && (!a.generation || a.writer == b.writer);
}

static bool has(const struct model_set *set, struct model_value value)
{
	for (int i = 0; i < set->count; i++)
		if (same(set->value[i], value))
			return true;
	return false;
}

static void only(struct model_set *set, struct model_value value)
{
	set->count = 1;
	set->value[0] = value;
}

static void also(struct model *m, struct model_set *set, struct model_value value)
{
	if (has(set, value))
		return;
	if (set->count == MODEL_VALUES)
		m->lost = true;
	else
		set->value[set->count++] = value;
}

static int new_object(struct model *m)
{
	for (int i = 0; i < m->objects; i++)
		if (!m->object[i].views && !m->object[i].pins)
			return i;
	if (m->objects == MODEL_OBJECTS) {
		m->lost = true;
		return 0;
	}
	m->object[m->objects] = (struct model_object){ 0 };
	return m->objects++;
}

/* An object of its own for one view of PAGE: a copy of what it sees now. */
static struct model_object *unshare(struct model *m, unsigned int process, unsigned int page)
{
	int16_t *view = &m->view[process][page];
	struct model_object *old = &m->object[*view], *own;

	if (m->shared || old->views == 1)
		return old;
	*view = new_object(m);
	own = &m->object[*view];
	*own = *old;
	own->views = 1;
	own->pins = 0;
	old->views--;
	return own;
}

static void fill(struct model_object *object, struct model_value value)
{
	for (int s = 0; s < MODEL_SECTORS; s++)
		only(&object->sector[s], value);
	object->doubtful = false;
}

void model_map(struct model *m, unsigned int pages, bool shared, struct model_value value)
{
	/* Half a megabyte follows, which few scenes need. */
	memset(m, 0, offsetof(struct model, object));
	memset(m->view, 0xff, sizeof(m->view));
	m->lost = pages > MODEL_PAGES;
	m->pages = m->lost ? MODEL_PAGES : pages;
	m->shared = shared;
	m->alive[0] = true;
	for (unsigned int page = 0; page < m->pages; page++) {
		m->view[0][page] = new_object(m);
		m->object[page].views = 1;
		fill(&m->object[page], value);
	}
}

static void store(struct model_object *object, unsigned int mask, struct model_value value)
{
	for (int s = 0; s < MODEL_SECTORS; s++)
		if (mask >> s & 1)
			only(&object->sector[s], value);
}

/* What a process writes, its own references (not another's) may show. */
static void show(struct model *m, unsigned int process, unsigned int page, unsigned int mask,
		 struct model_value value)
{
	for (struct model_pin *pin = m->pin; pin < m->pin + MODEL_PINS; pin++) {
		if (!pin->held || pin->coherent || (pin->holder != process && !m->shared))
			continue;
		for (int s = 0; s < MODEL_SECTORS; s++)
			if ((mask & pin->mask[page]) >> s & 1)
				also(m, &m->seen[pin - m->pin][page][s], value);
	}
}

void model_write(struct model *m, unsigned int process, unsigned int page, unsigned int mask,
		 struct model_value value)
{
	store(unshare(m, process, page), mask, value);
	show(m, process, page, mask, value);
}

bool model_pinned(const struct model *m, unsigned int process, unsigned int page)
{
	for (const struct model_pin *pin = m->pin; pin < m->pin + MODEL_PINS; pin++)
		if (pin->held && pin->coherent && pin->holder == process && pin->mask[page] &&
		    pin->object[page] == m->view[process][page])
			return true;
	return false;
}

void model_fork(struct model *m, unsigned int parent, unsigned int child)
{
	m->alive[child] = true;
	for (unsigned int page = 0; page < m->pages; page++) {
		m->view[child][page] = m->view[parent][page];
		if (m->view[parent][page] < 0)
			continue;
		m->object[m->view[parent][page]].views++;
		/* Pinned: copied for the child now, so that the parent need not copy later. */
		if (model_pinned(m, parent, page))
			unshare(m, child, page);
	}
}

void model_exit(struct model *m, unsigned int process)
{
	for (unsigned int page = 0; page < m->pages; page++)
		if (m->view[process][page] >= 0)
			m->object[m->view[process][page]].views--;
	memset(m->view[process], 0xff, sizeof(m->view[process]));
	m->alive[process] = false;
}

void model_touch(struct model *m, unsigned int process, unsigned int page)
{
	unshare(m, process, page);
}

/* VIEW is of another object from now on; a pin may keep the old one. */
static void see(struct model *m, int16_t *view, int16_t object)
{
	if (*view >= 0)
		m->object[*view].views--;
	m->object[object].views++;
	*view = object;
}

void model_back(struct model *m, struct model_value value)
{
	int16_t object;

	m->backed = true;
	for (unsigned int page = 0; page < m->pages; page++) {
		object = new_object(m);
		fill(&m->object[object], value);
		m->file[page] = -1;
		see(m, &m->file[page], object);
	}
}

void model_drop(struct model *m, unsigned int process, unsigned int page)
{
	int16_t next;

	if (m->shared)
		return; /* only the mapping goes: madvise(2) */
	next = m->backed ? m->file[page] : new_object(m);
	if (!m->backed)
		fill(&m->object[next], zeros);
	see(m, &m->view[process][page], next);
}

/* The file's page is another one; who sees it, sees that. With COPIES private ones go too. */
static void replace(struct model *m, unsigned int page, bool copies)
{
	int16_t old = m->shared ? m->view[0][page] : m->file[page], fresh = new_object(m);

	fill(&m->object[fresh], zeros);
	for (unsigned int p = 0; p < MODEL_PROCESSES; p++)
		if (m->view[p][page] >= 0 && (copies || m->view[p][page] == old))
			see(m, &m->view[p][page], fresh);
	if (m->backed)
		see(m, &m->file[page], fresh);
}

/* Half a page is zeroed where it is; references to it show that. */
static void zero(struct model *m, unsigned int page, unsigned int mask)
{
	int16_t object = m->shared ? m->view[0][page] : m->file[page];

	store(&m->object[object], mask, zeros);
	for (struct model_pin *pin = m->pin; pin < m->pin + MODEL_PINS; pin++)
		for (int s = 0; pin->held && pin->object[page] == object && s < MODEL_SECTORS; s++)
			if ((mask & pin->mask[page]) >> s & 1)
				also(m, &m->seen[pin - m->pin][page][s], zeros);
}

static void hole(struct model *m, unsigned int page, unsigned int mask, bool copies)
{
	if (!m->shared && !m->backed)
		return;
	if (mask == MODEL_WHOLE_PAGE)
		replace(m, page, copies);
	else if (mask)
		zero(m, page, mask);
}

void model_cut(struct model *m, unsigned int page, unsigned int mask)
{
	struct model_object *object = &m->object[m->view[0][page]];

	if (!m->shared || mask != MODEL_WHOLE_PAGE || !object->pins) {
		model_punch(m, page, mask);
		return;
	}
	zero(m, page, mask);
	object->doubtful = true;
}

void model_punch(struct model *m, unsigned int page, unsigned int mask)
{
	hole(m, page, mask, false);
}

void model_truncate(struct model *m, unsigned int page, unsigned int mask)
{
	hole(m, page, mask, true);
}

void model_free(struct model *m, unsigned int process, unsigned int page)
{
	struct model_object *object;

	if (m->shared)
		return;
	/*
	 * Of a page that several map it is the caller's view only that may turn to zeros
	 * (mm/madvise.c, madvise_free_pte_range(), leaves some of them as they are).
	 */
	object = unshare(m, process, page);
	for (int s = 0; s < MODEL_SECTORS; s++)
		also(m, &object->sector[s], zeros);
}

static void hold_page(struct model *m, struct model_pin *pin, unsigned int page)
{
	/* Pinning for write unshares first (FOLL_WRITE); a reference takes what is there. */
	struct model_object *object = pin->coherent ? unshare(m, pin->holder, page)
						    : &m->object[m->view[pin->holder][page]];

	object->pins++;
	pin->object[page] = object - m->object;
	memcpy(m->seen[pin - m->pin][page], object->sector, sizeof(object->sector));
}

void model_hold(struct model *m, unsigned int holder, unsigned int first, unsigned int sectors,
		bool coherent, bool at_release)
{
	struct model_pin *pin = &m->pin[holder];

	memset(pin, 0, sizeof(*pin));
	pin->held = true;
	pin->coherent = coherent;
	pin->at_release = at_release;
	pin->holder = holder;
	for (unsigned int s = first; s < first + sectors; s++)
		pin->mask[s / MODEL_SECTORS] |= 1u << s % MODEL_SECTORS;
	for (unsigned int page = 0; page < m->pages; page++)
		if (pin->mask[page])
			hold_page(m, pin, page);
}

static void arrive_in(struct model *m, struct model_object *object, unsigned int mask,
		      struct model_value value)
{
	if (!object->doubtful)
		store(object, mask, value);
	for (int s = 0; object->doubtful && s < MODEL_SECTORS; s++)
		if (mask >> s & 1)
			also(m, &object->sector[s], value);
}

static void arrive(struct model *m, const struct model_pin *pin, struct model_value value)
{
	for (unsigned int page = 0; page < m->pages; page++)
		if (pin->mask[page])
			arrive_in(m, &m->object[pin->object[page]], pin->mask[page], value);
}

void model_device(struct model *m, unsigned int holder, struct model_value value)
{
	if (m->pin[holder].at_release)
		m->pin[holder].arriving = value;
	else
		arrive(m, &m->pin[holder], value);
}

void model_release(struct model *m, unsigned int holder)
{
	struct model_pin *pin = &m->pin[holder];

	if (pin->arriving.generation)
		arrive(m, pin, pin->arriving);
	for (unsigned int page = 0; page < m->pages; page++)
		if (pin->mask[page] && !--m->object[pin->object[page]].pins)
			m->object[pin->object[page]].doubtful = false;
	pin->held = false;
}

const struct model_set *model_set(const struct model *m, unsigned int process, unsigned int page,
				  unsigned int sector)
{
	return &m->object[m->view[process][page]].sector[sector];
}

bool model_allows(const struct model *m, unsigned int process, unsigned int page,
		  unsigned int sector, struct model_value value)
{
	return has(model_set(m, process, page, sector), value);
}

const struct model_set *model_pin_set(const struct model *m, unsigned int index, unsigned int page,
				      unsigned int sector)
{
	const struct model_pin *pin = &m->pin[index];

	if (pin->coherent)
		return &m->object[pin->object[page]].sector[sector];
	return &m->seen[index][page][sector];
}
