namespace Conpot.Pi.Events.Sinks;

/// <summary>How one sink is doing, for <c>status</c>.</summary>
/// <param name="Lag">Events in the journal that it has not passed yet.</param>
/// <param name="Delivered">Since the start.</param>
/// <param name="Dropped">Since the start: refused for good (in the dead letters), or gone from the journal before it came to them.</param>
/// <param name="LastError">Of the outage that lasts; null when the last delivery went well.</param>
/// <param name="LastDelivery">Null before the first.</param>
/// <param name="Faulted">It has not taken events for a while.</param>
/// <param name="Oldest">The time of the oldest event that waits, or null when none does.</param>
internal sealed record SinkStatus(string Name, long Lag, long Delivered, long Dropped, string? LastError, DateTimeOffset? LastDelivery, bool Faulted = false, DateTimeOffset? Oldest = null);
