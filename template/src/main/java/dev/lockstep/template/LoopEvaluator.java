package dev.lockstep.template;

import dev.lockstep.template.StatementEvaluator.Flow;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** Executes a {@code {% for %}}. Items are taken one by one, as the body may change what the loop's filter lets through. */
final class LoopEvaluator {
    private final Evaluation evaluation;
    private final Statement.For loop;
    private final Scope scope;

    LoopEvaluator(Evaluation evaluation, Statement.For loop, Scope scope) {
        this.evaluation = evaluation;
        this.loop = loop;
        this.scope = scope;
    }

    void execute(TextBuilder out) {
        run(evaluation.expressions().evaluate(loop.items(), scope), 0, out);
    }

    /** The text of the loop over other items, one level deeper. */
    Text recurse(Value items, int depth) {
        evaluation.meter().enter();
        TextBuilder out = new TextBuilder(evaluation.meter());
        run(items, depth, out);
        evaluation.meter().leave();
        return out.build();
    }

    private void run(Value items, int depth, TextBuilder out) {
        Iterator<Value> all = Iteration.of(items, evaluation);
        LoopVariable variable = loop.filter() == null
                ? new LoopVariable(this, loop.recursive(), all, Iteration.length(items), depth)
                : new LoopVariable(this, loop.recursive(), new Filtered(all), -1, depth);
        boolean completed = false;
        while (variable.advance()) {
            evaluation.meter().step(1);
            Scope inner = new Scope(scope);
            inner.set("loop", variable);
            evaluation.statements().assign(loop.target(), variable.item(), inner);
            Flow flow = evaluation.statements().execute(loop.body(), inner, out);
            if (flow == Flow.BREAK) {
                break;
            }
            completed |= flow == Flow.NEXT;
        }
        // As Jinja has it: the other branch is taken unless a body was executed to its end.
        if (!completed && !loop.otherwise().isEmpty()) {
            evaluation.statements().execute(loop.otherwise(), new Scope(scope), out);
        }
    }

    /** The items that the loop's filter lets through. */
    private final class Filtered implements Iterator<Value> {
        private final Iterator<Value> all;
        private Value next;

        Filtered(Iterator<Value> all) {
            this.all = all;
        }

        @Override
        public boolean hasNext() {
            while (next == null && all.hasNext()) {
                Value candidate = all.next();
                Scope inner = new Scope(scope);
                evaluation.statements().assign(loop.target(), candidate, inner);
                if (evaluation.expressions().isTrue(loop.filter(), inner)) {
                    next = candidate;
                }
            }
            return next != null;
        }

        @Override
        public Value next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Value item = next;
            next = null;
            return item;
        }
    }
}
