using Microsoft.Extensions.Time.Testing;

namespace Conpot.Pi.Tests;

/// <summary>A clock turned by hand whose date can be set, as NTP or a person does it: what passes, and the timers, do not notice.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private TimeSpan _offset;

    public SteppedClock(DateTimeOffset start) => Passing = new FakeTimeProvider(start);

    public FakeTimeProvider Passing { get; }

    public override long TimestampFrequency => Passing.TimestampFrequency;

    public void Set(DateTimeOffset date) => _offset = date - Passing.GetUtcNow();

    public override DateTimeOffset GetUtcNow() => Passing.GetUtcNow() + _offset;

    public override long GetTimestamp() => Passing.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => Passing.CreateTimer(callback, state, dueTime, period);
}
