package dev.lockstep.template;

/** What expressions compute with: the values of Python that templates can meet. */
sealed interface Value
        permits NoneValue,
                BoolValue,
                IntValue,
                FloatValue,
                Text,
                ListValue,
                TupleValue,
                DictValue,
                DictView,
                RangeValue,
                Generator,
                Namespace,
                Undefined,
                Callable {

    /** The name that Python has for the type, as messages use it. */
    String typeName();
}
