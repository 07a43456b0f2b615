package dev.lockstep.cli;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.plan.Schedule;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which rows the engine puts into a pass over the weights: flags that change cost, and never tokens. */
final class ScheduleFlags {
    @Option(
            names = "--schedule",
            paramLabel = "REGIME",
            converter = ScheduleConverter.class,
            description = "serial: one request after the other; static:B: B requests together until the last is done "
                    + "(static:B:20ms: and how long they wait for others); continuous: requests join and leave "
                    + "between passes. Default: serial.")
    Schedule schedule = Schedule.SERIAL;

    @ArgGroup(validate = false)
    SharingFlags sharing = new SharingFlags();

    @ArgGroup(validate = false)
    ContextFlags context = new ContextFlags();

    /** Sets what these flags say. */
    void applyTo(EngineOptions options) {
        context.applyTo(options);
        sharing.applyTo(options);
        options.schedule(schedule);
    }

    /** A regime as users write it. */
    static final class ScheduleConverter implements ITypeConverter<Schedule> {
        @Override
        public Schedule convert(String text) {
            try {
                return Schedule.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
