package dev.lockstep.template;

import java.time.LocalDateTime;

/** One rendering: what it has cost so far, the time it says it is, and how expressions and statements are evaluated. */
final class Evaluation {
    private final Meter meter;
    private final LocalDateTime now;
    private final ExpressionEvaluator expressions;
    private final StatementEvaluator statements;

    Evaluation(Meter meter, LocalDateTime now) {
        this.meter = meter;
        this.now = now;
        this.expressions = new ExpressionEvaluator(this);
        this.statements = new StatementEvaluator(this);
    }

    Meter meter() {
        return meter;
    }

    LocalDateTime now() {
        return now;
    }

    ExpressionEvaluator expressions() {
        return expressions;
    }

    StatementEvaluator statements() {
        return statements;
    }

    /** The value as text. */
    Text str(Value value) {
        return Printer.str(value, meter);
    }

    /** Calls a value. */
    Value call(Value callee, Arguments arguments) {
        return switch (callee) {
            case Callable callable -> callable.call(this, arguments);
            case Undefined undefined -> throw undefined.used();
            default -> throw ChatTemplateException.failed("'" + callee.typeName() + "' object is not callable");
        };
    }
}
