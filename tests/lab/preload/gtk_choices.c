// SPDX-License-Identifier: BSD-3-Clause
/*
 * gtk_choices.so: preloaded into a program with GTK, says on standard error what is
 * offered in its boxes of choices, "choice: TEXT", and answers its dialogs as whoever
 * chooses nothing does.
 */
#include <stdio.h>

#define HOOK __attribute__((visibility("default")))

struct dialog;
struct combo_box;

/* gtk/gtkcomboboxtext.h */
HOOK void gtk_combo_box_text_append_text(struct combo_box *box,
					 const char *text);
void gtk_combo_box_text_append_text(struct combo_box *box, const char *text)
{
	(void)box;
	fprintf(stderr, "choice: %s\n", text);
}

/* gtk/gtkdialog.h, GTK_RESPONSE_CLOSE */
HOOK int gtk_dialog_run(struct dialog *dialog);
int gtk_dialog_run(struct dialog *dialog)
{
	(void)dialog;
	return -7;
}
