/* One function that does nothing, in the shape of sockeye_receive(), for jnr-ffi and for JNI. */
#include <jni.h>
#include <stdint.h>

int32_t benchmark_call(int32_t fd, uintptr_t batch, int64_t timeout_nanos);

int32_t benchmark_call(int32_t fd, uintptr_t batch, int64_t timeout_nanos) {
    return fd + (int32_t)batch + (int32_t)timeout_nanos;
}

JNIEXPORT jint JNICALL Java_dev_sockeye_benchmarks_NativeCallBenchmark_jniCall(JNIEnv *environment, jclass type,
                                                                               jint fd, jlong batch,
                                                                               jlong timeout_nanos) {
    (void)environment;
    (void)type;
    return benchmark_call(fd, (uintptr_t)batch, timeout_nanos);
}
