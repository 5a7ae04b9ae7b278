# SPDX-License-Identifier: BSD-3-Clause
#
# usermedia.  `make help` prints what there is to make.
#
# One rule compiles everything.  It exists in several flavours, each in a
# directory of its own below build/:
#
#	daemon		guestd and hostd, inlined across files
#	obj		the rest of what is installed, and programs of the lab
#	asan		what the tests run: AddressSanitizer, UBSan
#	valgrind	the same without them, for valgrind
#	lint-gcc	nothing runs these: here a warning is an error
#	lint-clang
#	fuzz		libFuzzer
#	coverage	the tests once more, which count the lines that they run
#	i386		32-bit programs of the lab
#	i386-time64	the same with a time_t of 64 bits
#	i386-arm*	both with the alignment of 32-bit ARM, for a test of layouts
#	shim, shim-i386	the libraries that are preloaded into programs
#
# New files in common/, guestd/, hostd/ and tests/ are found by their place.

PREFIX ?= /usr/local
DESTDIR ?=
CFLAGS ?= -O2 -g
FUZZ_SECONDS ?= 60
FUZZ_JOBS ?= 1
SOAK_SECONDS ?= 60
KILLS ?= 1000

# As many jobs as there are processors, unless `make JOBS=1`.
JOBS ?= $(shell nproc)
MAKEFLAGS += -j$(JOBS)

.DELETE_ON_ERROR:
.SECONDARY:

# Quiet lines; `make V=1` shows the commands instead.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' $1 $2)

.PHONY: all
all: ## guestd, hostd, guestd-run and its libraries, usermedia-bench in build/ (the default)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile
	@echo 'V=1 shows commands; ONLY="WORD..." runs the tests whose name has one of the'
	@echo 'words; JOBS=N, CC, CFLAGS, PREFIX, DESTDIR, FUZZ_SECONDS, FUZZ_JOBS,'
	@echo 'SOAK_SECONDS, KILLS as usual.'

# --- Sources ------------------------------------------------------------------

LIBRARY := $(filter-out %/main.c,$(wildcard common/*.c guestd/*.c hostd/*.c))
# What is preloaded is tested like all else; its hooks are only in its libraries.
SHIM := $(filter-out %/guestd-run.c %/program.c,$(wildcard guestd/shim/*.c))
LIBRARY += $(filter-out %/exports.c,$(SHIM)) guestd/shim/program.c
DISCOVERY := $(wildcard guestd/discovery/*.c)
LIBRARY += $(filter-out %/exports.c,$(DISCOVERY))
# usermedia-bench, and what the lab compares ours with; tests have a node for it.
BENCH := $(filter-out %/main.c %/cuse_echo.c,$(wildcard tests/bench/*.c))
FAKES := $(wildcard tests/*.c) $(filter-out %/kernel.c,$(BENCH)) tests/lab/shared/process.c
UNIT := $(patsubst tests/%.c,%,$(wildcard tests/unit/test_*.c tests/pair/test_*.c))
FUZZERS := $(patsubst tests/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
LAB := $(patsubst tests/%,%,$(wildcard tests/lab/test_*.sh))
# Small programs that the lab's scripts start, and what several of them use.
LAB_PROGRAMS := $(patsubst tests/lab/%.c,build/lab/%,$(wildcard tests/lab/*.c))
LAB_PROGRAMS += build/lab/cuse_echo
LAB_SHARED := $(wildcard tests/lab/shared/*.c)
I386 := i386 i386-time64 i386-arm i386-arm-time64
# What is built for i386, too: as 32-bit programs had time_t, and as they have it now.
LAB_I386 := hooks maps layout32 ioctls ioctls_buffers edges nonblock sig \
	calls control_calls odd_calls tuner_calls forge
LAB_PROGRAMS += $(foreach f,i386 i386-time64,$(LAB_I386:%=build/lab/$f/%))
LAB_PROGRAMS += build/lab/i386-arm/layout32 build/lab/i386-arm-time64/layout32
# It needs libudev for i386, which is among the packages.
LAB_PROGRAMS += build/lab/i386/udev_list
LAB_PROGRAMS += $(patsubst tests/%.c,build/%.so,$(wildcard tests/lab/preload/*.c))
LAB_PACKAGES := build/lab/v4l-utils-i386
# A program that has parts of its own has them in NAME_parts; those that attack share
# some, one with capture, and what a host says first with the tests; floor has messages
# as usermedia-bench has them.
LAB_PARTS = $(patsubst %.c,build/obj/%.o,$(wildcard tests/lab/$*_parts/*.c \
	$(if $(filter hostile_%,$*),tests/lab/hostile_parts/*.c \
		tests/lab/capture_parts/*.c tests/host_peer.c) \
	$(if $(filter floor,$*),tests/bench/pair.c)))

# Where loaders look that have ${LIB} in a path.  Asked of the file system, since the
# compiler may only just come; so the library for i386 is of `all` where that one can
# make it, and of the lab always.  The loader of libc6-i386, as opposed to libc6:i386,
# looks into lib32.
MACHINE := $(shell uname -m)
PRELOADED := libguestd-shim.so libguestd-udev.so
PRELOADED_IN := build/$(if $(wildcard \
	/usr/lib/$(MACHINE)-linux-gnu),lib/$(MACHINE)-linux-gnu,lib64)
PRELOADED_IN_I386 := build/lib/i386-linux-gnu
PRELOADED_I386 := $(PRELOADED:%=$(PRELOADED_IN_I386)/%)
LIBRARIES := $(PRELOADED:%=$(PRELOADED_IN)/%) $(if $(filter x86_64,$(MACHINE)),$(shell \
	$(CC) -m32 -shared -include errno.h -x c -o /dev/null /dev/null 2> /dev/null && \
	echo $(PRELOADED_I386)))
link_lib32 = mkdir -p $1/lib32 && \
	ln -sf $(PRELOADED:%=../lib/i386-linux-gnu/%) $1/lib32/

# What three unit tests run, for i386 where that can be made.
PRELOADED_TESTED := build/guestd-run $(LIBRARIES) build/lab/hooks build/lab/udev_list \
	$(if $(filter $(PRELOADED_I386),$(LIBRARIES)), \
		build/lab/i386/hooks build/lab/i386-time64/hooks)

all: build/guestd build/hostd build/guestd-run $(LIBRARIES) build/usermedia-bench

MANUALS := $(wildcard man/*)
UDEV_RULES := $(wildcard udev/*.rules)
UNITS := $(wildcard systemd/*.service systemd/*.socket)
# It names a node, so where it counts is for its user to put it.
PIPEWIRE_CONF := pipewire/50-usermedia.conf
C_FILES := $(shell find common guestd hostd tests -name '*.c')
H_FILES := $(shell find common guestd hostd tests -name '*.h')

# What `make check` runs, narrowed by ONLY.
TESTS := $(UNIT) $(FUZZERS) manual rules units matrix $(LAB)
ifneq ($(ONLY),)
TESTS := $(foreach t,$(TESTS),$(if $(strip $(foreach o,$(ONLY),$(findstring $o,$t))),$t))
endif

# --- Debian packages ----------------------------------------------------------

DEPS_BUILD += gcc libc6-dev	# the compiler; libc6-dev is only recommended by it
DEPS_BUILD += pkgconf		# where the libraries are
DEPS_BUILD += libfuse3-dev	# guestd: CUSE
DEPS_BUILD += libcap-ng-dev	# both: giving up privileges
DEPS_BUILD += libseccomp-dev	# both: giving up system calls
DEPS_BUILD += libinih-dev		# hostd: its configuration file

DEPS_TEST += libcmocka-dev	# unit and pair tests
DEPS_TEST += libv4l-0		# hostd loads it for --device ...,convert
DEPS_TEST += libudev1		# what guestd-run -d has shown
DEPS_TEST += systemd		# systemd-analyze, which judges our units

DEPS_LAB += qemu-system-x86 seabios	# the machine, and its firmware
DEPS_LAB += busybox-static cpio		# its initrd
DEPS_LAB += kmod xz-utils		# the kernel's modules, some are compressed
DEPS_LAB += gcc make libelf1		# drivers of the kernel that Debian leaves out
DEPS_LAB += v4l-utils			# v4l2-ctl and v4l2-compliance, the judges
DEPS_LAB += ffmpeg			# the producer; makes the PNGs
DEPS_LAB += gstreamer1.0-tools		# gst-launch-1.0
DEPS_LAB += gstreamer1.0-plugins-base	# videoconvert
DEPS_LAB += gstreamer1.0-plugins-base-apps # gst-device-monitor-1.0
DEPS_LAB += pipewire wireplumber dbus-daemon # cameras by PipeWire, and its session
DEPS_LAB += gstreamer1.0-pipewire	# pipewiresrc
DEPS_LAB += gstreamer1.0-plugins-good	# v4l2src, pngenc
DEPS_LAB += fuse3			# fusermount3: a user's own file that never answers
DEPS_LAB += bubblewrap crun		# the container recipes of usermedia(7)
DEPS_LAB += libturbojpeg0-dev		# the USB camera that has MJPEG
DEPS_LAB += udev			# our rules are its to read
DEPS_LAB += gcc-multilib		# programs for i386
DEPS_LAB += strace			# counts what a frame costs
DEPS_LAB += guvcview xvfb		# lists cameras, in a window

DEPS_MATRIX += chromium fonts-dejavu-core	# programs of tests/lab/matrix.rows alone
DEPS_MATRIX += python3 python3-opencv
DEPS_MATRIX += vlc-bin vlc-plugin-base
DEPS_MATRIX += yavta

DEPS_LINT += clang clang-tidy clang-format	# a second opinion
DEPS_LINT += cppcheck				# a third
DEPS_LINT += mandoc				# manuals
DEPS_LINT += shellcheck				# scripts

DEPS_FUZZ += clang libclang-rt-dev		# libFuzzer

DEPS_VALGRIND += valgrind libc6-dbg		# a second opinion on memory

# These goals may be the first thing typed on a fresh machine, so they install
# what they need.  The others never install anything.
NEED_deps := BUILD TEST LAB LINT FUZZ VALGRIND MATRIX
NEED_builddeps := BUILD
NEED_demo := BUILD LAB
NEED_check := BUILD TEST $(if $(filter lab/%,$(TESTS)),LAB)
NEED_lint := BUILD TEST LINT
NEED_fuzz := BUILD FUZZ
NEED_valgrind := BUILD TEST VALGRIND
NEED_coverage := BUILD TEST
NEED_lab := BUILD LAB
NEED_soak := BUILD LAB
NEED_attacks := BUILD LAB
NEED_service := BUILD LAB
NEED_matrix := BUILD LAB MATRIX
NEED_bench := BUILD LAB
NEED_compliance := BUILD LAB
NEED_selftest := LAB
NEED := $(sort $(foreach goal,$(MAKECMDGOALS),$(NEED_$(goal))))
PACKAGES := $(sort $(foreach list,$(NEED),$(DEPS_$(list))))
# What comes before compiling, and what before linting: a test that looks at the
# clock must not share the machine with a linter.
READY := $(if $(NEED),deps)
IDLE := $(READY) $(filter attacks bench check compliance demo matrix service soak fuzz valgrind coverage,$(MAKECMDGOALS))

APT := apt-get install -q -y --no-install-recommends -o Dpkg::Use-Pty=0

.PHONY: deps builddeps
builddeps: ## install the Debian packages that building takes, or say which
deps: ## those of all goals here
deps builddeps:
	@command -v dpkg-query > /dev/null || { \
		echo "not Debian, you may have to install: $(PACKAGES)"; exit 0; }; \
	missing=$$(for package in $(PACKAGES); do \
		dpkg-query -W -f '$${db:Status-Status}\n' $$package 2> /dev/null | \
			grep -qx installed || echo $$package; done); \
	[ -n "$$missing" ] || exit 0; \
	set -- $$missing; \
	[ "$$(id -u)" = 0 ] || { \
		echo "packages are missing, please run: sudo apt-get install $$*"; exit 1; }; \
	echo "installing $$*"; \
	export DEBIAN_FRONTEND=noninteractive; \
	$(APT) --simulate "$$@" > /dev/null 2>&1 || apt-get -q update; \
	$(APT) "$$@" || { apt-get -q update && $(APT) "$$@"; }

# --- Compiling ----------------------------------------------------------------

# Asked for when a command runs, since pkg-config may only just have come.
override CPPFLAGS += -I. -D_GNU_SOURCE $(shell pkg-config --cflags fuse3 libcap-ng libseccomp inih)
LIBS_guestd = $(shell pkg-config --libs fuse3 libcap-ng libseccomp)
LIBS_hostd = $(shell pkg-config --libs libcap-ng libseccomp inih)
LIBS_lab-uvc = $(shell pkg-config --libs libturbojpeg)
LIBS_lab-udev_list = -l:libudev.so.1
LIBS_lab_i386-udev_list = $(LAB_PACKAGES)/usr/lib/i386-linux-gnu/libudev.so.1
LIBS_tests = $(shell pkg-config --libs cmocka fuse3 libcap-ng libseccomp inih) -lm

WARNINGS := -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes \
	-Wswitch-enum -Wformat=2
BASE := -std=gnu11 -pthread $(WARNINGS)
HARDENED := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fPIE \
	$(if $(filter x86_64,$(MACHINE)),-fcf-protection)
HARDENED_LINK := -pie -Wl,-z,relro,-z,now
SANITIZED := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer

# A message goes through many small functions of many files: GCC joins them, in the
# daemons.  Clang would need a linker that is not everywhere.  What is inlined from other
# files looks to GCC as if it returned values that it does not; `make lint' has that
# warning, file by file.
LTO ?= $(if $(findstring Free Software,$(shell $(CC) --version)),-flto=auto \
	-Wno-maybe-uninitialized)

COMPILE_obj = $(CC) $(BASE) $(CFLAGS) $(HARDENED)
COMPILE_daemon = $(COMPILE_obj) $(LTO)
COMPILE_asan = $(CC) $(BASE) $(SANITIZED)
COMPILE_valgrind = $(CC) $(BASE) -O1 -g -DSANDBOX_UNLOADED
COMPILE_coverage = gcc $(BASE) $(SANITIZED) -O0 --coverage -fprofile-update=atomic
COMPILE_lint-gcc = gcc $(BASE) -O2 $(HARDENED) -Werror
COMPILE_lint-clang = clang $(BASE) -O1 -Werror
COMPILE_i386 = $(CC) $(BASE) $(CFLAGS) -m32
COMPILE_i386-time64 = $(COMPILE_i386) -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64
COMPILE_i386-arm = $(COMPILE_i386) -malign-double -D__arm__
COMPILE_i386-arm-time64 = $(COMPILE_i386-time64) -malign-double -D__arm__
COMPILE_shim = $(CC) $(BASE) $(CFLAGS) -fPIC -fvisibility=hidden -fstack-protector-strong \
	$(if $(filter x86_64,$(MACHINE)),-fcf-protection) \
	-U_FORTIFY_SOURCE -U_FILE_OFFSET_BITS -U_TIME_BITS
COMPILE_shim-i386 = $(COMPILE_shim) -m32
COMPILE_fuzz = clang $(BASE) $(SANITIZED) -fsanitize=fuzzer-no-link

# $1: the flavour.  The archive holds equal file names (both daemons have a
# session.o), hence q, which does not look for them, on a new file.
define flavour
build/$1/%.o: %.c Makefile | $(if $(filter lint-%,$1),$(IDLE),$(READY))
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(COMPILE_$1) $$(CPPFLAGS) -MMD -MP -c -o $$@ $$<

build/$1/usermedia.a: $$(LIBRARY:%.c=build/$1/%.o)
build/$1/tests/fakes.a: $$(FAKES:%.c=build/$1/%.o)
build/$1/usermedia.a build/$1/tests/fakes.a: | $(READY)
	$$(call say,AR,$$@)
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)ar qcs $$@ $$^
endef
$(foreach f,obj daemon asan valgrind coverage lint-gcc lint-clang fuzz shim shim-i386 $(I386),$(eval $(call flavour,$f)))

-include $(shell find build -name '*.d' 2> /dev/null)

objects = $(patsubst %.c,build/daemon/%.o,$(wildcard $1/*.c))

build/guestd: $(call objects,guestd) $(call objects,common)
build/hostd: $(call objects,hostd) $(call objects,common)
build/guestd build/hostd:
	$(call say,LD,$@)
	$(Q)$(COMPILE_daemon) $(HARDENED_LINK) $(LDFLAGS) -o $@ $^ $(LIBS_$(@F))

build/guestd-run: build/obj/guestd/shim/guestd-run.o build/obj/guestd/shim/program.o
	$(call say,LD,$@)
	$(Q)$(COMPILE_obj) $(HARDENED_LINK) $(LDFLAGS) -o $@ $^

build/usermedia-bench: $(patsubst %.c,build/obj/%.o,tests/bench/main.c $(BENCH) \
		common/options.c tests/lab/shared/process.c)
	$(call say,LD,$@)
	$(Q)$(COMPILE_obj) $(HARDENED_LINK) $(LDFLAGS) -o $@ $^ -lm

build/lab/cuse_echo: $(patsubst %,build/obj/tests/%.o,bench/cuse_echo bench/pair lab/shared/process)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(COMPILE_obj) $(HARDENED_LINK) $(LDFLAGS) -o $@ $^ $(LIBS_guestd)

# $1: the directory, $2: the flavour
define preloaded
$1/libguestd-shim.so: $$(SHIM:%.c=build/$2/%.o)
$1/libguestd-udev.so: $$(DISCOVERY:%.c=build/$2/%.o)
$$(PRELOADED:%=$1/%):
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(COMPILE_$2) -shared -Wl,-z,relro,-z,now,-z,defs $$(LDFLAGS) -o $$@ $$^
	$(if $(filter %-i386,$2),$$(Q)$$(call link_lib32,build))
endef
$(eval $(call preloaded,$(PRELOADED_IN),shim))
$(eval $(call preloaded,$(PRELOADED_IN_I386),shim-i386))

.SECONDEXPANSION:
build/lab/%: build/obj/tests/lab/%.o $$(LAB_PARTS) $(LAB_SHARED:%.c=build/obj/%.o) \
		build/obj/usermedia.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(COMPILE_obj) $(HARDENED_LINK) $(LDFLAGS) -Wl,--as-needed -o $@ $^ $(LIBS_guestd) \
		$(LIBS_lab-$*)

define lab_i386
build/lab/$1/%: build/$1/tests/lab/%.o $$(LAB_SHARED:%.c=build/$1/%.o) \
		build/$1/common/ioctl_table.o build/$1/common/rights.o
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(COMPILE_$1) $$(LDFLAGS) -o $$@ $$^ $$(LIBS_lab_i386-$$*)
endef
$(foreach f,$(I386),$(eval $(call lab_i386,$f)))
build/lab/i386/udev_list: | $(LAB_PACKAGES)

build/lab/preload/%.so: build/shim/tests/lab/preload/%.o
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(COMPILE_shim) -shared $(LDFLAGS) -o $@ $^

# A link; apt-get is asked once.
$(LAB_PACKAGES): tests/lab/packages32 | $(READY)
	$(call say,GET,$@)
	@mkdir -p $(@D)
	$(Q)directory=$$(tests/lab/packages32) && ln -sfn "$$directory" $@

# --- Testing ------------------------------------------------------------------

# The fakes stand before the library, so that a test that uses one gets it.
define test_program
build/$1/tests/%: build/$1/tests/%.o build/$1/tests/fds_at_exit.o build/$1/tests/fakes.a \
		build/$1/usermedia.a
	$$(call say,LD,$$@)
	$$(Q)$$(COMPILE_$1) $$(LDFLAGS) -o $$@ $$^ $$(LIBS_tests)
endef
$(foreach f,asan valgrind coverage,$(eval $(call test_program,$f)))

# In whose daemons calls to libc fail: see tests/fault.h.
define fault_library
build/$1/usermedia-fault.a: build/$1/usermedia.a tests/fault.symbols
	$$(call say,OBJCOPY,$$@)
	$$(Q)objcopy --redefine-syms=tests/fault.symbols $$< $$@
endef
$(foreach f,asan valgrind coverage,$(eval $(call fault_library,$f)))

# $1: the flavour, $2: unit or pair
define fault_program
build/$1/tests/$2/test_fault_%: build/$1/tests/$2/test_fault_%.o \
		build/$1/tests/fds_at_exit.o build/$1/tests/fakes.a build/$1/usermedia-fault.a
	$$(call say,LD,$$@)
	$$(Q)$$(COMPILE_$1) $$(LDFLAGS) -o $$@ $$^ $$(LIBS_tests)
endef
$(foreach f,asan valgrind coverage,$(foreach d,unit pair,$(eval $(call fault_program,$f,$d))))

$(foreach f,asan coverage,$(eval \
	$(FUZZERS:%=build/$f/tests/%): build/$f/tests/fuzz/replay.o))
$(foreach f,asan valgrind coverage,$(eval \
	build/$f/tests/unit/test_discovery: build/$f/guestd/discovery/exports.o))

# A VM of the lab has nothing to do for a third of its time, hence half as many more.
.PHONY: check
check: $(patsubst %,build/asan/tests/%,$(filter $(UNIT) $(FUZZERS),$(TESTS)))
check: $(if $(filter lab/% manual units,$(TESTS)),all) $(if $(filter lab/%,$(TESTS)),$(LAB_PROGRAMS) $(LAB_PACKAGES) $(PRELOADED_I386))
check: $(if $(filter $(addprefix unit/test_,guestd_run shim_library udev_library),$(TESTS)), \
	$(PRELOADED_TESTED))
check: $(if $(filter lab/test_vsock.sh,$(TESTS)),build/asan/tests/unit/test_transport_vsock)
check: ## all tests: unit, pair, fuzz corpora, manuals, rules, units, README's matrix, lab
	@tests/summary -j $$(($(JOBS) + $(JOBS) / 2)) $(TESTS)

# Threads that wait for each other in a loop need --fair-sched.  Some tests look at
# processes from outside, where valgrind's descriptors, signals and exit statuses are.
MEMCHECK := USERMEDIA_MEMCHECK=1 valgrind -q --error-exitcode=99 --leak-check=full --child-silent-after-fork=yes \
	--fair-sched=yes
# Three run programs that are built for others.  pair/test_buffers_again wants a buffer
# in memory where another one was, which valgrind never does;
# pair/test_lying_guest_stalls asks the allocator what there is, which valgrind replaces.
NO_MEMCHECK := $(addprefix unit/test_,audit caller_signals confine device_check \
	fault_helper fault_helper_start fault_listener fault_listener_start guestd_run \
	helper helper_shim helper_shim_clients listener listener_log node opener reload \
	sandbox_calls shim_library udev_library) \
	$(addprefix pair/test_,buffers_again guest_run lying_guest_stalls)
MEMCHECKED := $(filter-out $(NO_MEMCHECK),$(filter $(UNIT),$(TESTS)))

.PHONY: valgrind
valgrind: $(MEMCHECKED:%=build/valgrind/tests/%) ## unit and pair tests under valgrind
	@failed=0; for program in $^; do \
		echo "  MEMCHECK $$program"; \
		timeout 600 env $(MEMCHECK) $$program > $$program.log 2>&1 || \
			{ cat $$program.log; failed=1; }; \
	done; exit $$failed

.PHONY: coverage
coverage: $(patsubst %,build/coverage/tests/%,$(UNIT) $(FUZZERS)) $(PRELOADED_TESTED)
coverage: ## lines that unit and pair tests and corpora run; are they enough?
	@tests/coverage $(UNIT) $(FUZZERS)

.PHONY: fuzz
fuzz: $(FUZZERS:fuzz/%=build/fuzz/%) ## fuzz with libFuzzer, FUZZ_SECONDS each
	@printf '%s\n' $^ | xargs -P $(FUZZ_JOBS) -I % tests/fuzz/run % $(FUZZ_SECONDS)

build/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o build/fuzz/tests/fakes.a build/fuzz/usermedia.a
	$(call say,LD,$@)
	$(Q)$(COMPILE_fuzz) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LIBS_tests)

.PHONY: lab
lab: all $(LAB_PROGRAMS) $(LAB_PACKAGES) $(PRELOADED_I386) ## run SCRIPT="FILE [ARG...]" in the lab's VM
	@[ -n "$(SCRIPT)" ] || { echo 'usage: make lab SCRIPT="FILE [ARG...]"'; exit 2; }
	@tests/lab/run -o build/lab-out $(SCRIPT)

.PHONY: selftest
selftest: ## each way in which the lab's VM can end
	@tests/lab/selftest.sh

.PHONY: soak
soak: all $(LAB_PROGRAMS) ## stream in the lab's VM for SOAK_SECONDS, and with KILLS
	@tests/lab/run -t $$(($(SOAK_SECONDS) * 6 + 180)) -o build/soak \
		tests/lab/soak.sh $(SOAK_SECONDS)
	@tests/lab/run -t $$(($(SOAK_SECONDS) * 9 + 300)) -o build/soak-unix \
		tests/lab/soak_unix.sh $(SOAK_SECONDS)
	@tests/lab/run -t $$(($(KILLS) * 3 + 180)) -o build/soak-kills \
		tests/lab/soak_kills.sh $(KILLS)
	@tests/lab/run -t $$(($(SOAK_SECONDS) * 12 + 300)) -o build/soak-faults \
		tests/lab/soak_faults.sh $(SOAK_SECONDS)

.PHONY: matrix
matrix: all $(LAB_PROGRAMS) $(LAB_PACKAGES) $(PRELOADED_I386) ## run real applications in the lab, those of ROWS (tests/lab/matrix.rows) or all, into README.md
	@tests/lab/matrix $(ROWS)

.PHONY: compliance
compliance: all $(LAB_PROGRAMS) ## v4l2-compliance -s5 -a on each node of the lab, natively and through us
	@tests/lab/run -t 3600 -o build/compliance tests/lab/test_compliance.sh all

.PHONY: service
service: all $(LAB_PROGRAMS) ## both daemons under a real systemd in the lab; too long for check
	@tests/lab/run -t 600 -o build/service tests/lab/service.sh

.PHONY: bench
bench: all $(LAB_PROGRAMS) ## usermedia-bench in the lab: a quarter of an hour; plots in build/bench/
	@tests/bench/run

.PHONY: attacks
attacks: all $(LAB_PROGRAMS) ## all attacks of hostile guests, hosts and programs in the lab; their table
	@failed=0; for peer in guest host; do \
		tests/lab/run -t 900 -o build/attacks/$$peer \
			tests/lab/test_hostile_$$peer.sh all || failed=1; \
	done; cat build/attacks/*/attacks; exit $$failed

.PHONY: demo
demo: all $(LAB_PROGRAMS) | $(READY) ## see it work: vivid in a VM, PNGs in build/demo/
	@tests/lab/demo

# --- Lint ---------------------------------------------------------------------

CPPCHECK = --quiet --std=c11 --platform=unix64 -I. -D_GNU_SOURCE -D__LP64__ \
	-D__BYTE_ORDER__=1234 -D__ORDER_LITTLE_ENDIAN__=1234 \
	--library=posix --library=gnu --library=bsd --inline-suppr --error-exitcode=1 \
	--enable=warning,style,performance,portability
# It reads no system header; without this one lists are syntax errors.
CPPCHECK += --include=$(firstword $(wildcard /usr/include/sys/queue.h \
	/usr/include/*/sys/queue.h))
# Wants the arguments of a variadic function cast, but NULL is a pointer in C.
CPPCHECK += --suppress=varFuncNullUB
# Does not know that a callback reads what a test set.
CPPCHECK += --suppress=redundantAssignment:tests/*
# Does not know that raise() returns.
CPPCHECK += --suppress=unreachableCode:tests/*
# "Obsolescent", but nanosleep() says no more to a test.
CPPCHECK += --suppress=usleepCalled:tests/*
# The same, but dice need a seed that is their own, so that a test rolls the same
# each time.
CPPCHECK += --suppress=rand_rCalled:tests/*
# readdir_r() is deprecated.
CPPCHECK += --suppress=readdirCalled:tests/*
# Users and groups are looked up before there is a thread.
CPPCHECK += --suppress=getpwnamCalled --suppress=getgrnamCalled
# Kernel style writes `flags & BIT ? a : b`.
CPPCHECK += --suppress=clarifyCalculation
# Kernel style declares at the top.
CPPCHECK += --suppress=variableScope
# A callback has the type that its caller wants.
CPPCHECK += --suppress=constParameter
# Members of <sys/queue.h>'s lists, or there for the size of a structure.
CPPCHECK += --suppress=unusedStructMember
# Does not see that recvmsg() reads the iovec.
CPPCHECK += --suppress=unreadVariable:common/channel_in.c

.PHONY: lint lint-format lint-tidy lint-cppcheck lint-man lint-shell
lint: lint-format lint-tidy lint-cppcheck lint-man lint-shell
lint: $(foreach f,gcc clang,$(C_FILES:%.c=build/lint-$f/%.o)) ## formatters, compilers with -Werror, linters

lint-format: | $(IDLE)
	$(call say,FORMAT,'*.[ch]')
	$(Q)clang-format --dry-run -Werror $(C_FILES) $(H_FILES)

# An object is rebuilt when an include of it changed, so this one is, too.
lint-tidy: $(C_FILES:%.c=build/lint-tidy/%)
build/lint-tidy/%: %.c build/lint-clang/%.o .clang-tidy tests/.clang-tidy | $(IDLE)
	$(call say,TIDY,$<)
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- -std=gnu11 $(CPPFLAGS) 2> $@.log || \
		{ grep -v ' generated\.$$' $@.log; exit 1; }
	@touch $@

lint-cppcheck: | $(IDLE)
	$(call say,CPPCHECK,'*.c')
	@mkdir -p build/cppcheck
	$(Q)cppcheck $(CPPCHECK) -j$(JOBS) --cppcheck-build-dir=build/cppcheck $(C_FILES)

lint-man: | $(IDLE)
	$(call say,MANDOC,'man/*')
	$(Q)echo $(MANUALS) | xargs -r mandoc -Tlint -W warning

lint-shell: | $(IDLE)
	$(call say,SHELL,'#!*sh')
	$(Q)find . \( -path ./build -o -path ./.git \) -prune -o -type f -exec \
		awk 'FNR == 1 && (/^#!.*sh( |$$)/ || FILENAME ~ /\.sh$$/) { print FILENAME }' {} + | \
		xargs shellcheck

.PHONY: layers
layers: ## check who includes whom
	@tests/layers

# --- Installing ---------------------------------------------------------------

INSTALL_MAN = $(PREFIX)/share/man/man$(subst .,,$(suffix $1))/$(notdir $1)
INSTALLED := $(PREFIX)/sbin/guestd $(PREFIX)/sbin/hostd $(PREFIX)/bin/guestd-run \
	$(PREFIX)/bin/usermedia-bench \
	$(patsubst build/%,$(PREFIX)/%,$(PRELOADED:%=$(PRELOADED_IN)/%) $(PRELOADED_I386)) \
	$(PRELOADED:%=$(PREFIX)/lib32/%) \
	$(UDEV_RULES:udev/%=$(PREFIX)/lib/udev/rules.d/%) \
	$(UNITS:systemd/%=$(PREFIX)/lib/systemd/system/%) \
	$(PREFIX)/lib/sysusers.d/usermedia.conf $(PREFIX)/lib/tmpfiles.d/usermedia.conf \
	$(foreach m,$(MANUALS),$(call INSTALL_MAN,$m))

.PHONY: install
install: all ## into DESTDIR and PREFIX (/usr/local)
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))
	$(Q)install -D -t $(DESTDIR)$(PREFIX)/sbin build/guestd build/hostd
	$(Q)install -D -t $(DESTDIR)$(PREFIX)/bin build/guestd-run build/usermedia-bench
	$(Q)$(foreach l,$(LIBRARIES),install -D -m 644 $l $(DESTDIR)$(PREFIX)/$(l:build/%=%) &&) true
	$(if $(filter $(PRELOADED_I386),$(LIBRARIES)),$(Q)$(call \
		link_lib32,$(DESTDIR)$(PREFIX)))
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/udev/rules.d $(UDEV_RULES)
	$(Q)install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	$(Q)$(foreach u,$(UNITS:systemd/%=%),sed 's,@SBINDIR@,$(PREFIX)/sbin,' systemd/$u > \
		$(DESTDIR)$(PREFIX)/lib/systemd/system/$u &&) true
	$(Q)install -D -m 644 systemd/usermedia.sysusers \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/usermedia.conf
	$(Q)install -D -m 644 systemd/usermedia.tmpfiles \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/usermedia.conf
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/usermedia README.md LICENSE \
		$(PIPEWIRE_CONF)
	$(Q)$(foreach m,$(MANUALS),install -D -m 644 $m $(DESTDIR)$(call INSTALL_MAN,$m) &&) true

.PHONY: uninstall
uninstall: ## take back what install did
	$(Q)rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	$(Q)rm -rf $(DESTDIR)$(PREFIX)/share/doc/usermedia

.PHONY: clean
clean: ## remove build/
	$(Q)rm -rf build
