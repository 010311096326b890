using Conpot.Pi.Plc;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>The chips at work: the scan meets their latches, their buses' threads do the rest.</summary>
internal sealed class ChipSource : IIoSource
{
    /// <summary>For all buses together; the kernel gives a stuck I2C transfer up after one second.</summary>
    public static readonly TimeSpan LongestSafe = TimeSpan.FromMilliseconds(500);

    private readonly (ChipLatch Latch, BusThread Thread)[] _chips;
    private readonly BusThread[] _threads;

    public ChipSource(IEnumerable<ChipSpec> chips, HardwareHost host)
    {
        List<(ChipLatch, BusThread)> seats = [];
        foreach (var group in chips.GroupBy(chip => chip.Place.Bus))
        {
            (ChipSpec Spec, ChipLatch Latch)[] onBus = [.. group.Select(chip => (chip, new ChipLatch(chip.Inputs, chip.Outputs)))];
            var thread = new BusThread(group.Key, new Bus(group.Key, onBus, host));
            seats.AddRange(onBus.Select(chip => (chip.Latch, thread)));
        }
        _chips = [.. seats];
        _threads = [.. seats.Select(seat => seat.Item2).Distinct()];
    }

    public void ReadInputs(ProcessImage image)
    {
        foreach (var (latch, _) in _chips)
            latch.ReadInputs(image);
    }

    public void WriteOutputs(ProcessImage image, OperatingMode mode, Address? forced = null)
    {
        foreach (var (latch, thread) in _chips)
        {
            if (latch.WriteOutputs(image, mode, forced))
                thread.Signal();
        }
    }

    public void MakeSafe()
    {
        foreach (var thread in _threads)
            thread.BeginSafe();
        var start = Environment.TickCount64;
        foreach (var thread in _threads)
        {
            var left = LongestSafe - TimeSpan.FromMilliseconds(Environment.TickCount64 - start);
            thread.AwaitSafe(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }

    public void Dispose()
    {
        foreach (var thread in _threads)
            thread.Dispose();
    }
}
