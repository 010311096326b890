using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>What the device knows beside its memory: clock, diagnostic buffer, counters. It outlives a reload of the settings.</summary>
internal sealed class S7Device
{
    /// <summary>Connections that the captured CPUs were seen with at once: their numbers are 1, 2 and 3.</summary>
    private const int Links = 3;

    private int _links;
    private int _fragmented;
    private int _cyclicJobs;

    public S7Device(Cpu cpu, DeviceSeed seed, TimeProvider time, TimeSpan machineUptime)
    {
        Cpu = cpu;
        Time = time;
        Clock = new S7Clock(time);
        Diagnosis = new DiagnosticBuffer(cpu, seed, Clock, time.GetUtcNow().UtcDateTime - machineUptime - seed.BootJitter);
    }

    public Cpu Cpu { get; }

    public TimeProvider Time { get; }

    public S7Clock Clock { get; }

    public DiagnosticBuffer Diagnosis { get; }

    /// <summary>The number of a new connection.</summary>
    public byte NextLink() => (byte)(1 + (uint)(Interlocked.Increment(ref _links) - 1) % Links);

    /// <summary>A place among the cyclic jobs, over all connections.</summary>
    /// <returns>False when there are as many as the CPU has.</returns>
    public bool TryAddCyclicJob()
    {
        if (_cyclicJobs >= S7Subscriptions.Most) return false;
        _cyclicJobs++;
        return true;
    }

    public void RemoveCyclicJobs(int count) => _cyclicJobs -= count;

    /// <summary>The data unit reference of an answer in parts: they are counted over all connections (captures: d5, d6, d7), and 0 means "whole".</summary>
    public byte NextReference() => (byte)(1 + (uint)(Interlocked.Increment(ref _fragmented) - 1) % 255);
}
