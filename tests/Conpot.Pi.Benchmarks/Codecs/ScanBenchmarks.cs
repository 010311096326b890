using BenchmarkDotNet.Attributes;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Benchmarks.Codecs;

/// <summary>One scan of the default profile's process, and what asking for one costs when none is due.</summary>
[MemoryDiagnoser]
public class ScanBenchmarks
{
    private Cpu _cpu = null!;

    [GlobalSetup]
    public void PowerOn()
    {
        var errors = new ConfigErrors();
        _cpu = Cpu.Read(ConfigFile.Empty("benchmark", errors).Root, PlcProfile.Load("s7-200", errors), DeviceSeed.From("benchmark"), TimeProvider.System);
        _cpu.PowerUp();
    }

    [GlobalCleanup]
    public void PowerOff() => _cpu.Dispose();

    [Benchmark(Baseline = true)]
    public void Scan() => _cpu.Scan();

    [Benchmark]
    public void Refresh() => _cpu.Refresh();

    /// <summary>The last hours of the plant, at the start of a sensor.</summary>
    [Benchmark]
    public void Power_up_continuing() => _cpu.PowerUp(continues: true);
}
