// SPDX-License-Identifier: BSD-3-Clause
/*
 * Walking the table of ioctls: is one end what the other was, but for the fields
 * that we set?
 */
#include "tests/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <string.h>

#include "common/wire.h"

/**
 * struct look - A structure at both ends
 * @type:	Its name
 * @tag:	Of the case, or of the control
 * @index:	In an array
 * @sent:	What it was, or NULL for zeroes
 * @got:	What it is
 * @asked:	What the application has had
 */
struct look {
	const char *type;
	const char *tag;
	enum walk_way way;
	unsigned int index;
	size_t len;
	const uint8_t *sent;
	const uint8_t *got;
	const uint8_t *asked;
};

static bool same_text(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* Is the word, of @len characters, among them? */
static bool has_word(const char *words, const char *word, size_t len)
{
	while (words && *words) {
		if (!strncmp(words, word, len) && strchr(" ", words[len]))
			return true;
		words = strchr(words, ' ');
		words += words ? 1 : 0;
	}
	return false;
}

/* Are all of its words, with '+' between them, among those? */
static bool has_tag(const char *words, const char *tag)
{
	const char *layout = walk.layout->compat ? "compat" : "native";
	size_t len;

	for (; tag; tag = tag[len] ? tag + len + 1 : NULL) {
		len = strcspn(tag, "+");
		if (!has_word(words, tag, len) && !has_word(layout, tag, len))
			return false;
	}
	return true;
}

static bool applies(const struct walk_field *field, const struct look *look)
{
	return field->way == look->way && same_text(field->type, look->type) &&
	       has_tag(look->tag, field->tag);
}

static void wrong(const struct look *look, const char *field, size_t at,
		  const char *what)
{
	fail_msg("%s: %s %s, %s [%u] %s: byte %zu, %s: %s: sent %02x, is %02x",
		 walk.layout->name, ioctl_lookup(walk.now->cmd)->name,
		 look->tag ? look->tag : "",
		 look->type ? look->type : "argument", look->index,
		 look->way == WALK_THERE ? "there" : "back", at, field, what,
		 look->sent[at], look->got[at]);
}

static bool kept_rule(const struct walk_field *field, const struct look *look)
{
	const uint8_t *got = look->got + field->offset;
	const uint8_t *asked = look->asked + field->offset;
	uint32_t sent_word;
	uint32_t word;

	switch (field->rule) {
	case WALK_ZERO:
		return wire_is_zero(got, field->len);
	case WALK_ASKED:
		return !memcmp(got, asked, field->len);
	case WALK_ADDRESS:
		return !wire_is_zero(got, field->len) &&
		       memcmp(got, asked, field->len) != 0;
	case WALK_BITS:
		memcpy(&sent_word, look->sent + field->offset,
		       sizeof(sent_word));
		memcpy(&word, got, sizeof(word));
		return !((word ^ sent_word) & ~field->bits);
	case WALK_VALUE:
		memcpy(&word, got, sizeof(word));
		return word == field->bits;
	case WALK_OWN:
		return true;
	}
	return false;
}

/* Takes the field's bytes out of what may differ. */
static void look_at_field(const struct look *look, size_t number, uint8_t *ours)
{
	const struct walk_field *field = &walk_fields[number];

	if (field->offset + field->len > look->len)
		fail_msg("%s.%s is not in %s", field->type, field->name,
			 look->type);
	if (!kept_rule(field, look))
		wrong(look, field->name, field->offset, "against its rule");
	memset(ours + field->offset, 1, field->len);
	if (memcmp(look->sent + field->offset, look->got + field->offset,
		   field->len) != 0)
		walk.used[number] = true;
}

static void look_at(const struct look *look)
{
	uint8_t ours[sizeof(union payload_arg)] = { 0 };
	size_t i;

	assert_true(look->len <= sizeof(ours));
	for (i = 0; i < walk_field_count; i++)
		if (applies(&walk_fields[i], look))
			look_at_field(look, i, ours);
	for (i = 0; i < look->len; i++)
		if (!ours[i] && look->sent[i] != look->got[i])
			wrong(look, "no field of ours", i, "differs");
}

static void look_at_array(struct look look, const char *type, size_t size,
			  const struct walk_bytes *sent,
			  const struct walk_bytes *got)
{
	bool controls = size == sizeof(struct v4l2_ext_control);
	unsigned int i;

	look.type = type;
	look.len = size;
	for (i = 0; i < walk.nested_len / size; i++) {
		look.index = i;
		look.sent = sent->nested + i * size;
		look.got = got->nested + i * size;
		look.asked = walk.asked.nested + i * size;
		if (controls)
			look.tag = walk_control_tag(i);
		else if (i >= walk_planes())
			look.tag = "beyond";
		look_at(&look);
	}
}

static void look_at_bytes(const char *what, const uint8_t *sent,
			  const uint8_t *got, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (sent[i] != got[i])
			fail_msg("%s: %s: %s: byte %zu of %zu: sent %02x, is "
				 "%02x",
				 walk.layout->name,
				 ioctl_lookup(walk.now->cmd)->name, what, i,
				 len, sent[i], got[i]);
}

static void look_at_nested(const struct look *look,
			   const struct walk_bytes *sent,
			   const struct walk_bytes *got)
{
	switch (ioctl_lookup(walk.now->cmd)->nested) {
	case IOCTL_NESTED_PLANES:
		look_at_array(*look, "v4l2_plane", sizeof(struct v4l2_plane),
			      sent, got);
		break;
	case IOCTL_NESTED_CONTROLS:
		look_at_array(*look, "v4l2_ext_control",
			      sizeof(struct v4l2_ext_control), sent, got);
		look_at_bytes("payload", sent->payload, got->payload,
			      walk.payload_len);
		break;
	case IOCTL_NESTED_EDID:
		look_at_bytes("blocks", sent->nested, got->nested,
			      walk.nested_len);
		break;
	case IOCTL_NESTED_NONE:
	case IOCTL_NESTED_WINDOW:
	case IOCTL_NESTED_FBUF:
		break;
	}
}

static struct look look_of(enum walk_way way, const struct walk_bytes *sent,
			   const struct walk_bytes *got)
{
	return (struct look){
		.type = walk.now->type,
		.tag = walk.now->tag,
		.way = way,
		.len = ioctl_size(ioctl_lookup(walk.now->cmd)),
		.sent = sent->arg.bytes,
		.got = got->arg.bytes,
		.asked = walk.asked.arg.bytes,
	};
}

void walk_compare_there(void)
{
	static const struct walk_bytes nothing;
	const struct ioctl_desc *desc = ioctl_lookup(walk.now->cmd);
	const struct walk_bytes *sent =
		ioctl_reads(desc) ? &walk.asked : &nothing;
	struct look look = look_of(WALK_THERE, sent, &walk.came);

	look_at(&look);
	look_at_nested(&look, sent, &walk.came);
}

void walk_compare_back(bool carried)
{
	const struct walk_bytes *sent = carried ? &walk.answer : &walk.asked;
	struct look look = look_of(WALK_BACK, sent, &walk.mine);

	if (!carried) {
		look_at_bytes("argument", look.sent, look.got, look.len);
		look_at_bytes("nested", sent->nested, walk.mine.nested,
			      walk.nested_len);
		look_at_bytes("payload", sent->payload, walk.mine.payload,
			      walk.payload_len);
		return;
	}
	look_at(&look);
	look_at_nested(&look, sent, &walk.mine);
	/* Nothing behind the argument. */
	look_at_bytes("behind the argument", walk.asked.arg.bytes + look.len,
		      walk.mine.arg.bytes + look.len,
		      sizeof(walk.mine.arg) - look.len);
}
