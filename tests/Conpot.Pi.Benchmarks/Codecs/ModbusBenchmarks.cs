using BenchmarkDotNet.Attributes;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.Modbus;

namespace Conpot.Pi.Benchmarks.Codecs;

/// <summary>One Modbus request to its reply, without a socket and without its event.</summary>
[MemoryDiagnoser]
public class ModbusBenchmarks
{
    private readonly byte[] _reply = new byte[Mbap.LongestFrame];
    private readonly byte[] _read = [0, 1, 0, 0, 0, 6, 1, 3, 0x03, 0xE8, 0, 10];
    private readonly byte[] _write = [0, 1, 0, 0, 0, 11, 1, 16, 0x03, 0xE8, 0, 2, 4, 1, 2, 3, 4];
    private readonly byte[] _unknown = [0, 1, 0, 0, 0, 2, 1, 17];
    private ModbusServer _server = null!;

    [GlobalSetup]
    public void PowerOn()
    {
        var cpu = new Cpu(new ProcessImage(), IoProgram.Empty, CpuSettings.Default, TimeProvider.System);
        cpu.PowerUp();
        var errors = new ConfigErrors();
        _server = new ModbusServer(ModbusSettings.Read(PlcProfile.Load("s7-200", errors).Root.Section("modbus"), cpu.Image, lowPorts: true), cpu);
    }

    [Benchmark(Baseline = true)]
    public int Read_ten_registers() => Answer(_read);

    [Benchmark]
    public int Write_two_registers() => Answer(_write);

    [Benchmark]
    public int Refuse_a_function() => Answer(_unknown);

    private int Answer(byte[] request)
    {
        _ = Mbap.Frame(request, out var size);
        var exchange = new ModbusExchange(stackalloc byte[512]);
        var length = _server.Answer(request[6], request.AsSpan(Mbap.Header, size - Mbap.Header), _reply.AsSpan(Mbap.Header), ref exchange);
        return Mbap.Complete(_reply, request, length);
    }
}
