namespace Conpot.Pi.Events.Sinks;

/// <summary>A sink as a configuration has it, built and not yet running.</summary>
/// <param name="Text">All that made it what it is: equal texts, equal sinks, and a reload leaves the running one alone.</param>
/// <param name="FromBeginning">Where a new one begins: with all that the journal holds, or with this run.</param>
internal sealed record PlannedSink(ISink Sink, string Text, bool FromBeginning);
