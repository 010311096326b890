using System.Device.I2c;
using BenchmarkDotNet.Attributes;
using Conpot.Pi.Config;
using Conpot.Pi.Hardware;
using Conpot.Pi.Hardware.Chips;
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
    private Cpu _mapped = null!;
    private Cpu _nothing = null!;
    private IIoSource _chips = null!;
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
        _mapped = Cpu.Read(ConfigFile.Empty("benchmark", errors).Root, PlcProfile.Load("s7-200", errors), DeviceSeed.From("benchmark"), TimeProvider.System);
        _chips = Chips();
        _mapped.PowerUp();
        _mapped.Attach(_chips, null);
    }

    [GlobalCleanup]
    public void PowerOff()
    {
        _cpu.Dispose();
        _hundred.Dispose();
        _mapped.Dispose();
        _chips.Dispose();
        _nothing.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Scan() => _cpu.Scan();

    /// <summary>The statement list of the default profile alone, some 130 instructions.</summary>
    [Benchmark]
    public void Program() => _program.Scan(_image, new ScanMoment(0, 0.01));

    [Benchmark]
    public void Scan_with_100_points() => _hundred.Scan();

    /// <summary>100 points wired to chips, which answer at once: what is theirs is done by the threads of their buses.</summary>
    [Benchmark]
    public void Scan_with_100_wired_points() => _mapped.Scan();

    [Benchmark]
    public void Scan_of_nothing() => _nothing.Scan();

    [Benchmark]
    public void Refresh() => _cpu.Refresh();

    /// <summary>The last hours of the plant, at the start of a sensor.</summary>
    [Benchmark]
    public void Power_up_continuing() => _cpu.PowerUp(continues: true);

    /// <summary>48 inputs and 48 outputs of expanders, two voltages in and two out; the inputs are none of those that the profile draws.</summary>
    private static IIoSource Chips()
    {
        var lines = new ChipLines();
        for (var port = 2; port < 8; port++)
        {
            Add($"I{port}.0..I{port}.7", $"mcp23017 0x2{port} A");
            Add($"Q{port}.0..Q{port}.7", $"mcp23017 0x2{port} B");
        }
        Add("AIW16..AIW18", "ads1115 0x48 ch0");
        Add("AQW2..AQW4", "pca9685 0x40 ch0");
        return lines.Open(new HardwareHost
        {
            Time = TimeProvider.System,
            Wake = static () => { },
            Tell = static (device, problem) => throw new InvalidOperationException($"{device}: {problem}"),
            I2c = settings => new MemoryChip(settings),
            Spi = static _ => throw new NotSupportedException(),
        });

        void Add(string target, string text)
        {
            if (!AddressRange.TryParse(target, out var range, out var problem) || !lines.TryAdd(range, text, out problem)) throw new InvalidOperationException(problem);
        }
    }

    /// <summary>Registers that keep what was written to them; an ADS finds its conversion done.</summary>
    private sealed class MemoryChip(I2cConnectionSettings settings) : I2cDevice
    {
        private readonly byte[] _cells = new byte[512];

        public override I2cConnectionSettings ConnectionSettings => settings;

        public override void Read(Span<byte> buffer) => throw new NotSupportedException();

        public override void Write(ReadOnlySpan<byte> buffer) => buffer[1..].CopyTo(_cells.AsSpan(buffer[0]));

        public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer) => _cells.AsSpan(writeBuffer[0], readBuffer.Length).CopyTo(readBuffer);
    }
}
