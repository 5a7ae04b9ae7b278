// SPDX-License-Identifier: BSD-3-Clause
/*
 * A fuzzer's main() without libFuzzer: runs its entry point once on every file
 * of the directories named, so that `make check` walks the corpus with any
 * compiler.
 *
 * Each input is a heap block of its own, of exactly its size: AddressSanitizer
 * sees the first byte read past the end.  Its name is printed before it runs,
 * therefore the last one is the one that crashed.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	struct stat st;
	uint8_t *data;
	size_t size;
	FILE *file;

	file = fopen(path, "rbe");
	if (!file || fstat(fileno(file), &st) < 0) {
		fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	if (!S_ISREG(st.st_mode)) {
		fclose(file);
		return 0;
	}

	size = (size_t)st.st_size;
	data = malloc(size);
	if (!data || fread(data, 1, size, file) != size) {
		fprintf(stderr, "replay: %s: cannot read\n", path);
		exit(1);
	}
	fclose(file);

	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

/* In the order of names, so that two runs are the same. */
static int replay_directory(const char *path)
{
	struct dirent **entries;
	char file[PATH_MAX];
	int count = 0;
	int n;

	n = scandir(path, &entries, NULL, alphasort);
	if (n < 0) {
		fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		exit(1);
	}

	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		count += replay_file(file);
		free(entries[i]);
	}
	free(entries);
	return count;
}

int main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++)
		count += replay_directory(argv[i]);

	printf("%d inputs\n", count);
	return count > 0 ? 0 : 1;
}
