/* What jnr-ffi cannot reach: a java.io.FileDescriptor, which jdk.nio.Channels takes and nothing else in Java can make.
 */
#include <jni.h>

JNIEXPORT void JNICALL Java_dev_sockeye_FileDescriptors_set(JNIEnv *env, jclass caller, jobject descriptor, jint fd);

/* Sets the number in a FileDescriptor. Leaves NoSuchFieldError behind in a JDK whose FileDescriptor has none. */
JNIEXPORT void JNICALL Java_dev_sockeye_FileDescriptors_set(JNIEnv *env, jclass caller, jobject descriptor, jint fd) {
    (void)caller;
    const jclass type = (*env)->GetObjectClass(env, descriptor);
    const jfieldID field = (*env)->GetFieldID(env, type, "fd", "I");
    if (field != NULL)
        (*env)->SetIntField(env, descriptor, field, fd);
}
