namespace Conpot.Pi.Events.Sinks;

/// <summary>How far a sink has come: what <c>conpot-pi status</c> shows of it.</summary>
/// <param name="Name">As <see cref="ISink.Name"/>.</param>
/// <param name="Lag">Events of the journal that it has not been past yet.</param>
/// <param name="Delivered">Events that the other side has taken since the start.</param>
/// <param name="Dropped">Events since the start that it will never get: overrun by the journal, or refused for good.</param>
/// <param name="LastError">What its last delivery failed with, or null when that went well.</param>
/// <param name="LastDelivery">When the other side last took something, or null when it has not in this run.</param>
/// <param name="Oldest">The time of the oldest event that waits, or null when none does.</param>
internal sealed record SinkStatus(string Name, long Lag, long Delivered, long Dropped, string? LastError, DateTimeOffset? LastDelivery, DateTimeOffset? Oldest = null);
