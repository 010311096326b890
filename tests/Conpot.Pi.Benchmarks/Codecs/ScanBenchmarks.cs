using BenchmarkDotNet.Attributes;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;
using Conpot.Pi.Plc.Stl;

namespace Conpot.Pi.Benchmarks.Codecs;

/// <summary>One scan of the default profile's process, and what asking for one costs when none is due.</summary>
[MemoryDiagnoser]
public class ScanBenchmarks
{
    private readonly ProcessImage _image = new();
    private Cpu _cpu = null!;
    private Cpu _hundred = null!;
    private Cpu _nothing = null!;
    private StlMachine _program = null!;

    [GlobalSetup]
    public void PowerOn()
    {
        var errors = new ConfigErrors();
        _cpu = Cpu.Read(ConfigFile.Empty("benchmark", errors).Root, PlcProfile.Load("s7-200", errors), DeviceSeed.From("benchmark"), TimeProvider.System);
        _cpu.PowerUp();
        _program = new StlMachine(StlProgram.Parse("benchmark", ProgramConfig.Text("pumping-station"), MemoryMap.LargestV, errors)!);
        _program.EnterRun(_image);
        _nothing = new Cpu(new ProcessImage(), IoProgram.Empty, CpuSettings.Default, TimeProvider.System);
        _nothing.PowerUp();
        var lines = string.Join('\n', Enumerable.Range(0, 100).Select(i => $"\"M{i / 8 + 10}.{i % 8}\" = \"follow I{i / 8}.{i % 8}\""));
        var settings = ConfigFile.Parse("benchmark", System.Text.Encoding.UTF8.GetBytes($"[io]\n{lines}"), errors).Root;
        _hundred = Cpu.Read(settings, PlcProfile.Load("s7-200", errors), DeviceSeed.From("benchmark"), TimeProvider.System);
        _hundred.PowerUp();
    }

    [GlobalCleanup]
    public void PowerOff()
    {
        _cpu.Dispose();
        _hundred.Dispose();
        _nothing.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Scan() => _cpu.Scan();

    /// <summary>The statement list of the default profile alone, some 130 instructions.</summary>
    [Benchmark]
    public void Program() => _program.Scan(_image, new ScanMoment(0, 0.01));

    [Benchmark]
    public void Scan_with_100_points() => _hundred.Scan();

    [Benchmark]
    public void Scan_of_nothing() => _nothing.Scan();

    [Benchmark]
    public void Refresh() => _cpu.Refresh();

    /// <summary>The last hours of the plant, at the start of a sensor.</summary>
    [Benchmark]
    public void Power_up_continuing() => _cpu.PowerUp(continues: true);
}
