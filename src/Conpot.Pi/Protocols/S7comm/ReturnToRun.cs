using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>Starts the CPU again some time after a visitor stopped it, as an operator would who found it so.</summary>
internal sealed class ReturnToRun : IDisposable
{
    private readonly ITimer _timer;

    public ReturnToRun(Cpu cpu, TimeProvider time) =>
        _timer = time.CreateTimer(static cpu => ((Cpu)cpu!).Start(ModeReason.Automatic), cpu, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <param name="after">Zero for never.</param>
    public void Stopped(TimeSpan after)
    {
        if (after > TimeSpan.Zero) _timer.Change(after, Timeout.InfiniteTimeSpan);
    }

    public void Started() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer.Dispose();
}
