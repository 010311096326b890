namespace Conpot.Pi.Hardware.Chips;

/// <summary>One bus and its chips: what its thread does in a turn, without the thread.</summary>
/// <remarks>
/// Every chip gets at most one step in a turn, and one that failed waits ever longer for its next: a chip that is gone costs its neighbours one
/// transfer now and then, be that the second after which the kernel gives up a stuck bus.
/// </remarks>
internal sealed class Bus(BusId id, IReadOnlyList<(ChipSpec Spec, ChipLatch Latch)> chips, HardwareHost host) : IDisposable
{
    public static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    /// <summary>How often a chip is asked whether it still is as configured, and how long it must work before its retries start from the shortest again.</summary>
    public static readonly TimeSpan VerifyEvery = TimeSpan.FromSeconds(10);

    private readonly Seat[] _seats = [.. chips.Select(chip => new Seat(chip.Spec, chip.Latch))];
    private readonly long _start = host.Time.GetTimestamp();
    private bool _told;
    private bool _safe;

    /// <summary>Serves all that is due; returns how long nothing will be.</summary>
    public TimeSpan Turn()
    {
        var changed = false;
        var next = TimeSpan.MaxValue;
        var hurry = Interlocked.Exchange(ref _safe, false);
        foreach (var seat in _seats)
        {
            if (!seat.Latch.IsKnown)
                continue;
            if (hurry || seat.Due <= Now || seat.Chip is not null && seat.Latch.IsChanged)
                changed |= Serve(seat);
            next = seat.Due < next ? seat.Due : next;
        }
        if (changed)
            host.Wake();
        var wait = next == TimeSpan.MaxValue ? LongestRetry : next - Now;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    /// <summary>The outputs' safe states in the next turn, also to chips that wait for another try. From any thread.</summary>
    public void MakeSafe()
    {
        foreach (var seat in _seats)
            seat.Latch.MakeSafe();
        Volatile.Write(ref _safe, true);
    }

    public void Dispose()
    {
        foreach (var seat in _seats)
            Drop(seat);
    }

    private TimeSpan Now => host.Time.GetElapsedTime(_start);

    private bool Serve(Seat seat)
    {
        try
        {
            var changed = Step(seat);
            // A chip may take its settings and then never give a reading: it works when one has come.
            if (seat.Works)
                Tell(seat, null, isBus: false);
            return changed;
        }
        catch (Exception exception) // the class library throws what it likes, and no chip may end the thread
        {
            return Fail(seat, exception);
        }
    }

    private bool Step(Seat seat)
    {
        var now = Now;
        Span<int> wanted = stackalloc int[seat.Outputs];
        if (seat.Chip is null)
        {
            seat.Chip = seat.Spec.Kind.Connect(seat.Spec, host);
            seat.Works = false;
            seat.Latch.Take(wanted);
            seat.Chip.Configure(wanted);
            (seat.VerifyAt, seat.SampleAt, seat.SteadyAt) = (now + VerifyEvery, now, now + VerifyEvery);
        }
        else if (now >= seat.VerifyAt)
        {
            seat.VerifyAt = now + VerifyEvery;
            if (!seat.Chip.Verify())
            {
                seat.Latch.Take(wanted);
                seat.Chip.Configure(wanted);
            }
        }
        if (seat.Latch.IsChanged)
        {
            seat.Latch.Take(wanted);
            seat.Chip.Put(wanted);
        }
        seat.Works |= seat.Readings.Length == 0;
        var changed = false;
        if (seat.Readings.Length > 0 && now >= seat.SampleAt)
        {
            seat.Readings.AsSpan().Fill(double.NaN);
            seat.SampleAt = now + seat.Chip.Sample(now, seat.Readings);
            changed = seat.Latch.Publish(seat.Readings);
            seat.Works |= seat.Readings.AsSpan().ContainsAnyExcept(double.NaN);
        }
        seat.Due = seat.Readings.Length > 0 && seat.SampleAt < seat.VerifyAt ? seat.SampleAt : seat.VerifyAt;
        return changed;
    }

    private bool Fail(Seat seat, Exception exception)
    {
        var isOpen = seat.Chip is not null;
        Drop(seat);
        var now = Now;
        var steady = seat.SteadyAt != TimeSpan.Zero && now >= seat.SteadyAt;
        seat.Retry = steady || seat.Retry == TimeSpan.Zero ? FirstRetry : seat.Retry * 2 < LongestRetry ? seat.Retry * 2 : LongestRetry;
        seat.SteadyAt = TimeSpan.Zero;
        // From the end of the attempt: a stuck bus must not make the retries follow each other without a pause.
        seat.Due = now + seat.Retry;
        Tell(seat, exception, isBus: !isOpen);
        return seat.Latch.Lose();
    }

    /// <summary>A bus that cannot be opened is told of once, not by each of its chips.</summary>
    private void Tell(Seat seat, Exception? exception, bool isBus)
    {
        if (isBus != _told)
        {
            _told = isBus;
            host.Tell(id.ToString(), isBus ? BusTrouble.OfBus(id, exception!) : null);
        }
        var isChip = exception is not null && !isBus;
        if (isChip == seat.Told || isBus)
            return;
        seat.Told = isChip;
        host.Tell(seat.Name(id), isChip ? BusTrouble.OfChip(id, exception!) : null);
    }

    private static void Drop(Seat seat)
    {
        seat.Chip?.Dispose();
        seat.Chip = null;
    }

    /// <summary>A chip's place on the bus: the chip itself while it is there, and what is due for it.</summary>
    private sealed class Seat(ChipSpec spec, ChipLatch latch)
    {
        public ChipSpec Spec { get; } = spec;

        public ChipLatch Latch { get; } = latch;

        public double[] Readings { get; } = new double[spec.Inputs.Length];

        public int Outputs { get; } = spec.Outputs.Length;

        public Chip? Chip { get; set; }

        /// <summary>Whether it has done what it is there for since it was connected.</summary>
        public bool Works { get; set; }

        public TimeSpan Due { get; set; }

        public TimeSpan SampleAt { get; set; }

        public TimeSpan VerifyAt { get; set; }

        public TimeSpan SteadyAt { get; set; }

        public TimeSpan Retry { get; set; }

        public bool Told { get; set; }

        public string Name(BusId bus) => $"{Spec} on {bus}";
    }
}
