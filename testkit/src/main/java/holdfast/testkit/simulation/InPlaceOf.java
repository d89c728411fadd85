package holdfast.testkit.simulation;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The static method is called in place of the method of the same name of these classes. For an
 * instance method, its object comes as the first argument.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface InPlaceOf {
    Class<?>[] value();

    boolean isStatic() default false;
}
