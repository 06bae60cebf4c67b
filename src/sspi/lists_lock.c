#include "sspi/lists_lock.h"

#include "sspi/handle_table.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

static void after_fork_in_child(void)
{
	handle_table_doom_pinned();
	pthread_mutex_unlock(&lock);
}

static void watch_forks(void)
{
	(void)pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

void lists_lock(void)
{
	pthread_once(&once, watch_forks);
	pthread_mutex_lock(&lock);
}

void lists_unlock(void)
{
	pthread_mutex_unlock(&lock);
}
