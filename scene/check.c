// SPDX-License-Identifier: GPL-2.0-or-later
/* The oracle: what is read against what the model allows. */
#include "diag.h"
#include "op.h"
#include "pagemap.h"

#include <stdio.h>
#include <string.h>

static bool zero(const char *at, size_t len)
{
	return !at[0] && !memcmp(at, at + 1, len - 1);
}

/* One sector against one value; BAD tells what is there instead. */
static bool holds(const struct map *map, const char *at, size_t offset, struct model_value value,
		  struct stamp_bad *bad)
{
	bool stamped = stamp_verify(&map->stamp, at, offset, STAMP_SECTOR, value.generation,
				    value.writer, bad);

	return value.generation ? stamped : zero(at, STAMP_SECTOR);
}

static bool allowed(const struct map *map, const char *at, size_t offset,
		    const struct model_set *set, struct stamp_bad *bad)
{
	for (int i = set->count - 1; i >= 0; i--)
		if (holds(map, at, offset, set->value[i], bad))
			return true;
	return false; /* BAD is about the first value, the likeliest */
}

/* The one value that all of a page must hold, or NULL where there are several. */
static const struct model_value *one_value(const struct actor *a, unsigned int page)
{
	const struct model_set *set = model_set(a->model, a->self, page, 0);

	for (int s = 1; s < MODEL_SECTORS; s++)
		if (memcmp(set, model_set(a->model, a->self, page, s), sizeof(*set)))
			return NULL;
	return set->count == 1 && set->value[0].generation ? set->value : NULL;
}

static void tell(struct actor *a, struct stamp_bad *bad, const char *page, const char *where,
		 const char *who)
{
	char said[64];

	snprintf(said, sizeof(said), "%s%s", who, *who ? " read " : "");
	bad->pages = 1; /* the rest is not looked at */
	diag_page(page);
	case_diagnose(a->c, &a->map, bad, a->map.len / STAMP_PAGE, said, where);
}

/* The first bad bytes of a page; false when there are none. */
static bool is_bad(const struct actor *a, unsigned int page, struct stamp_bad *bad)
{
	const struct model_value *one = one_value(a, page);
	size_t offset = (size_t)page * STAMP_PAGE;

	if (one) /* the common case, at memory speed */
		return !stamp_verify(&a->map.stamp, a->map.at + offset, offset, STAMP_PAGE,
				     one->generation, one->writer, bad);
	for (int s = 0; s < MODEL_SECTORS; s++, offset += STAMP_SECTOR)
		if (!allowed(&a->map, a->map.at + offset, offset,
			     model_set(a->model, a->self, page, s), bad))
			return true;
	return false;
}

static bool check_page(struct actor *a, unsigned int page)
{
	size_t offset = (size_t)page * STAMP_PAGE;
	struct stamp_bad bad;
	char where[128] = "pagemap ";

	if (!is_bad(a, page, &bad))
		return true;
	pagemap_text(a->map.at + offset, a->map.frames[offset / pagemap_page_size()], where + 8,
		     sizeof(where) - 8);
	tell(a, &bad, a->map.at + offset, where, a->scene->name[a->self]);
	return false;
}

/* --inject: the last page that is not zeros is damaged, once, by the first process. */
static void damage(struct actor *a)
{
	unsigned int page = a->model->pages - 1;
	struct model_value value;
	size_t offset;

	while (page && !model_set(a->model, a->self, page, 0)->value[0].generation)
		page--;
	value = model_set(a->model, a->self, page, 0)->value[0];
	offset = (size_t)page * STAMP_PAGE;
	if (!a->self)
		case_damage(a->c, &a->map, a->map.at + offset, offset, STAMP_PAGE, value.generation,
			    value.writer);
}

bool scene_check(struct actor *a)
{
	damage(a);
	case_count(a->c, SCENE_CHECKED, a->model->pages * MODEL_SECTORS);
	for (unsigned int page = 0; page < a->model->pages; page++)
		if (!check_page(a, page))
			return false;
	return true;
}

/* Bytes that were read otherwise than by loads; SET says what may be there. */
static bool check_bytes(struct actor *a, const char *bytes, size_t from, size_t len,
			const struct model_set *(*set)(const struct model *m, unsigned int process,
						       unsigned int page, unsigned int sector),
			unsigned int process, const char *where, const char *who)
{
	struct stamp_bad bad;

	for (size_t done = 0; done < len; done += STAMP_SECTOR) {
		size_t offset = from + done;
		unsigned int page = offset / STAMP_PAGE, s = offset % STAMP_PAGE / STAMP_SECTOR;

		if (allowed(&a->map, bytes + done, offset, set(a->model, process, page, s), &bad))
			continue;
		tell(a, &bad, bytes + done / STAMP_PAGE * STAMP_PAGE, where, who);
		return false;
	}
	case_count(a->c, SCENE_CHECKED, len / STAMP_SECTOR);
	return true;
}

bool scene_check_pin(struct actor *a, const char *bytes, const char *who)
{
	return check_bytes(a, bytes, a->from, a->len, model_pin_set, a->self,
			   "bytes that came out of the pin", who);
}

bool scene_check_bytes(struct actor *a, const char *bytes, size_t from, size_t len, const char *who)
{
	return check_bytes(a, bytes, from, len, model_set, a->self, "bytes that the kernel read",
			   who);
}

bool scene_check_copy(struct actor *a, unsigned int process, const char *bytes, const char *who)
{
	return check_bytes(a, bytes, 0, a->map.len, model_set, process, "a copy of all of it", who);
}
