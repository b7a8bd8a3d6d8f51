/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the CPUs see of each other: atomic operations, locks, RCU.
 */
#ifndef _KERNEL_ATOMIC_H
#define _KERNEL_ATOMIC_H

/*
 * A pointer orders what is reached through it, in the kernel by the dependency.
 * All else is not ordered.
 */
#define POINTER_CLASS		5

#define READ_ONCE(x)							\
({									\
	__auto_type __at = &(x);					\
									\
	window();							\
	__atomic_load_n(__at,						\
			__builtin_classify_type(*__at) == POINTER_CLASS ? \
			__ATOMIC_ACQUIRE : __ATOMIC_RELAXED);		\
})

#define WRITE_ONCE(x, value)						\
do {									\
	window();							\
	__atomic_store_n(&(x), value, __ATOMIC_RELAXED);		\
	window();							\
} while (0)

#define xchg(ptr, new)							\
({									\
	window();							\
	__atomic_exchange_n(ptr, new, __ATOMIC_SEQ_CST);		\
})

#define try_cmpxchg(ptr, old, new)					\
({									\
	bool __done;							\
									\
	window();							\
	__done = __atomic_compare_exchange_n(ptr, old, new, false,	\
					     __ATOMIC_SEQ_CST,		\
					     __ATOMIC_SEQ_CST);		\
	window();							\
	__done;								\
})

#define cmpxchg(ptr, old, new)						\
({									\
	__auto_type __ptr = (ptr);					\
	__typeof__(*__ptr) __old = (old);				\
									\
	try_cmpxchg(__ptr, &__old, new);				\
	__old;								\
})

/* Loads are ordered here as they are on x86: the compiler has to keep to it. */
#define smp_rmb()		__atomic_signal_fence(__ATOMIC_ACQ_REL)
/* So are stores. */
#define smp_wmb()		__atomic_signal_fence(__ATOMIC_ACQ_REL)
/* Those that pair are where they are used. */
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
/* The same */
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
/* What is a race here, ThreadSanitizer says. */
#define data_race(expr)		(expr)
#define cpu_relax()		give_way()
#define cond_resched()		give_way()

#define atomic_t		struct atomic
#define atomic_long_t		struct atomic_long
#define atomic64_t		struct atomic_64

struct atomic {
	int counter;
};

struct atomic_long {
	long counter;
};

struct atomic_64 {
	u64 counter;
};

#define atomic_read(v)		((int)READ_ONCE((v)->counter))
#define atomic_long_read(v)	((long)READ_ONCE((v)->counter))
#define atomic64_read(v)	((u64)READ_ONCE((v)->counter))
#define atomic_long_set(v, nr)	WRITE_ONCE((v)->counter, nr)
#define atomic64_set(v, nr)	WRITE_ONCE((v)->counter, nr)
#define atomic_add(nr, v)						\
	((void)__atomic_fetch_add(&(v)->counter, nr, __ATOMIC_SEQ_CST))
#define atomic_long_add(nr, v)	atomic_add(nr, v)
#define atomic_long_inc(v)	atomic_add(1, v)
#define atomic64_and(mask, v)						\
	((void)__atomic_fetch_and(&(v)->counter, mask, __ATOMIC_SEQ_CST))
#define atomic64_fetch_or(mask, v)					\
	__atomic_fetch_or(&(v)->counter, mask, __ATOMIC_SEQ_CST)
#define atomic64_try_cmpxchg(v, old, new)				\
	try_cmpxchg(&(v)->counter, old, new)
#define atomic_long_try_cmpxchg(v, old, new)				\
	try_cmpxchg(&(v)->counter, old, new)

#define this_cpu_read(var)		READ_ONCE(var)
#define this_cpu_add(var, nr)						\
	((void)__atomic_fetch_add(&(var), nr, __ATOMIC_RELAXED))

#define raw_spinlock_t		struct raw_spinlock

struct raw_spinlock {
	bool locked;
};

#define __RAW_SPIN_LOCK_UNLOCKED(...)	{ .locked = false }
#define DEFINE_RAW_SPINLOCK(name)	raw_spinlock_t name

static inline void raw_spin_lock_init(raw_spinlock_t *lock)
{
	lock->locked = false;
}

static inline void raw_spin_lock_irq(raw_spinlock_t *lock)
{
	window();
	while (__atomic_exchange_n(&lock->locked, true, __ATOMIC_ACQUIRE))
		give_way();
	window();
}

static inline void raw_spin_unlock_irq(raw_spinlock_t *lock)
{
	window();
	__atomic_store_n(&lock->locked, false, __ATOMIC_RELEASE);
	window();
}

#define raw_spin_lock_irqsave(lock, flags)				\
do {									\
	(flags) = 0;							\
	raw_spin_lock_irq(lock);					\
} while (0)

#define raw_spin_unlock_irqrestore(lock, flags)				\
do {									\
	(void)(flags);							\
	raw_spin_unlock_irq(lock);					\
} while (0)

#define DEFINE_MUTEX(name)	raw_spinlock_t name
#define mutex_lock(lock)	raw_spin_lock_irq(lock)
#define mutex_unlock(lock)	raw_spin_unlock_irq(lock)

void rcu_read_lock(void);
void rcu_read_unlock(void);
void synchronize_rcu(void);

#endif /* _KERNEL_ATOMIC_H */
