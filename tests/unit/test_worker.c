// SPDX-License-Identifier: BSD-3-Clause
/*
 * The thread for calls that sleep.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <time.h>

#include "hostd/grant.h"
#include "hostd/worker.h"

#define WAIT_S 20

static struct loop *loop;
static struct worker *worker;
static sem_t gate;
static pthread_t ran_on;
static int run_result;
static unsigned int runs;
static unsigned int ends;
static void *ended_job;
static void *next_job;
static bool destroys;
static int late_job;

/* No signal ends it. */
static void take_a_while(void)
{
	struct timespec left = { .tv_nsec = 50000000 };

	while (nanosleep(&left, &left) < 0) {
	}
}

static void run(void *owner, void *job)
{
	(void)owner;
	ran_on = pthread_self();
	__atomic_add_fetch(&runs, 1, __ATOMIC_SEQ_CST);
	if (job == &late_job)
		take_a_while();
	if (job == &gate || job == &late_job)
		run_result = sem_wait(&gate) < 0 ? -errno : 0;
}

static void done(void *owner, void *job)
{
	(void)owner;
	ends++;
	ended_job = job;
	assert_false(worker_busy(worker));
	if (next_job) {
		job = next_job;
		next_job = NULL;
		assert_int_equal(worker_submit(worker, job), 0);
	}
	if (destroys) {
		worker_destroy(worker);
		worker = NULL;
	}
}

static const struct worker_ops ops = { .run = run, .done = done };

static int setup(void **state)
{
	(void)state;
	runs = 0;
	ends = 0;
	ended_job = NULL;
	next_job = NULL;
	destroys = false;
	run_result = 1;
	sem_init(&gate, 0, 0);
	assert_int_equal(loop_create(&loop), 0);
	assert_int_equal(worker_create(loop, &ops, NULL, &worker), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	worker_destroy(worker);
	loop_destroy(loop);
	sem_destroy(&gate);
	return 0;
}

static void wait_for(const unsigned int *counter, unsigned int count)
{
	struct timespec start;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (__atomic_load_n(counter, __ATOMIC_SEQ_CST) < count) {
		assert_true(loop_run_once(loop, 1) >= 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
		assert_true(now.tv_sec - start.tv_sec < WAIT_S);
	}
}

static void a_job_runs_on_another_thread_and_ends_on_the_loop(void **state)
{
	int job;

	(void)state;
	assert_false(worker_busy(worker));
	assert_int_equal(worker_submit(worker, &job), 0);
	assert_true(worker_busy(worker));
	wait_for(&ends, 1);
	assert_ptr_equal(ended_job, &job);
	assert_int_equal(runs, 1);
	assert_false(pthread_equal(ran_on, pthread_self()));
}

static unsigned int threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned int count = 0;

	assert_non_null(tasks);
	while (readdir(tasks))
		count++;
	closedir(tasks);
	return count - 2;
}

/* One that was joined may be in the list for a moment. */
static void wait_for_threads(unsigned int most)
{
	struct timespec start;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (threads() > most) {
		sched_yield();
		clock_gettime(CLOCK_MONOTONIC, &now);
		assert_true(now.tv_sec - start.tv_sec < WAIT_S);
	}
}

static unsigned int crowd_ends;

static void crowd_done(void *owner, void *job)
{
	(void)owner;
	(void)job;
	crowd_ends++;
}

/* As many sessions as a guest may have, each of which was opened once. */
static void few_threads_wait_for_a_job(void **state)
{
	static const struct worker_ops crowd_ops = { .run = run,
						     .done = crowd_done };
	struct worker *crowd[GRANT_SESSIONS_MAX];
	unsigned int before = threads();
	unsigned int i;
	int job;

	(void)state;
	crowd_ends = 0;
	for (i = 0; i < GRANT_SESSIONS_MAX; i++) {
		assert_int_equal(
			worker_create(loop, &crowd_ops, NULL, &crowd[i]), 0);
		assert_int_equal(worker_submit(crowd[i], &job), 0);
	}
	wait_for(&crowd_ends, GRANT_SESSIONS_MAX);
	wait_for_threads(before + WORKER_THREADS_KEPT);
	/* Those whose thread has ended work as before. */
	for (i = 0; i < GRANT_SESSIONS_MAX; i++)
		assert_int_equal(worker_submit(crowd[i], &job), 0);
	wait_for(&crowd_ends, 2 * GRANT_SESSIONS_MAX);
	wait_for_threads(before + WORKER_THREADS_KEPT);
	for (i = 0; i < GRANT_SESSIONS_MAX; i++)
		worker_destroy(crowd[i]);
}

static void its_end_may_submit_the_next(void **state)
{
	int first;
	int second;

	(void)state;
	next_job = &second;
	assert_int_equal(worker_submit(worker, &first), 0);
	wait_for(&ends, 2);
	assert_ptr_equal(ended_job, &second);
}

static void its_end_may_destroy_the_worker(void **state)
{
	int job;

	(void)state;
	destroys = true;
	assert_int_equal(worker_submit(worker, &job), 0);
	wait_for(&ends, 1);
	assert_null(worker);
}

static void an_interrupt_ends_what_sleeps(void **state)
{
	(void)state;
	assert_int_equal(worker_submit(worker, &gate), 0);
	wait_for(&runs, 1);
	worker_interrupt(worker);
	wait_for(&ends, 1);
	assert_int_equal(run_result, -EINTR);
}

/* It comes before the job sleeps, or before there is a thread that runs. */
static void an_interrupt_is_not_lost(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		run_result = 1;
		assert_int_equal(worker_submit(worker, &gate), 0);
		worker_interrupt(worker);
		wait_for(&ends, i + 1);
		assert_int_equal(run_result, -EINTR);
	}
}

static void an_interrupt_without_a_job_is_nothing(void **state)
{
	int job;

	(void)state;
	worker_interrupt(worker);
	assert_int_equal(worker_submit(worker, &job), 0);
	wait_for(&ends, 1);
	worker_interrupt(worker);
	sem_post(&gate);
	assert_int_equal(worker_submit(worker, &gate), 0);
	wait_for(&ends, 2);
	assert_int_equal(run_result, 0);
}

static void destroy_waits_for_what_was_handed_over(void **state)
{
	(void)state;
	sem_post(&gate);
	assert_int_equal(worker_submit(worker, &gate), 0);
	worker_destroy(worker);
	worker = NULL;
	assert_int_equal(runs, 1);
	assert_int_equal(run_result, 0);
	assert_int_equal(ends, 0);
	worker_destroy(NULL);
}

static void many_workers_do_not_disturb_each_other(void **state)
{
	struct worker *others[16];
	int job;
	size_t i;

	(void)state;
	for (i = 0; i < 16; i++) {
		assert_int_equal(worker_create(loop, &ops, NULL, &others[i]),
				 0);
		assert_int_equal(worker_submit(others[i], &job), 0);
	}
	wait_for(&ends, 16);
	for (i = 0; i < 16; i++)
		worker_destroy(others[i]);
}

/* One signal would be gone before it sleeps. */
static void its_end_interrupts_a_job_that_sleeps_late(void **state)
{
	(void)state;
	assert_int_equal(worker_submit(worker, &late_job), 0);
	worker_interrupt(worker);
	worker_destroy(worker);
	worker = NULL;
	assert_int_equal(run_result, -EINTR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_job_runs_on_another_thread_and_ends_on_the_loop),
		TEST(few_threads_wait_for_a_job),
		TEST(its_end_may_submit_the_next),
		TEST(its_end_may_destroy_the_worker),
		TEST(an_interrupt_ends_what_sleeps),
		TEST(an_interrupt_is_not_lost),
		TEST(an_interrupt_without_a_job_is_nothing),
		TEST(destroy_waits_for_what_was_handed_over),
		TEST(many_workers_do_not_disturb_each_other),
		TEST(its_end_interrupts_a_job_that_sleeps_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
