using System.Net;
using BenchmarkDotNet.Attributes;
using Conpot.Pi.Events;

namespace Conpot.Pi.Benchmarks.Codecs;

/// <summary>One event into the journal's buffer and its share of a commit, by how many share it.</summary>
[MemoryDiagnoser]
public class JournalBenchmarks
{
    private readonly byte[] _request = [0, 1, 0, 0, 0, 6, 1, 3, 0x03, 0xE8, 0, 10];
    private readonly byte[] _response = new byte[29];
    private string _directory = "";
    private Journal _journal = null!;
    private SessionLog _log = null!;

    [Params(1, 50)]
    public int EventsPerCommit { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _directory = Path.Combine(Path.GetTempPath(), "conpot-pi-" + Guid.NewGuid().ToString("N"));
        _journal = new Journal(JournalFile.Open(new JournalSettings(_directory, 8 << 20, 64 << 20, TimeSpan.FromSeconds(5))), "benchmark", "00000000", TimeProvider.System);
        _log = new SessionLog(_journal, new Origin("aaaaaaaaaaaa", new IPEndPoint(IPAddress.Loopback, 40000), new IPEndPoint(IPAddress.Loopback, 502), "tcp", "modbus"));
    }

    [GlobalCleanup]
    public void Close()
    {
        _journal.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark]
    public bool Append_and_commit()
    {
        for (var i = 0; i < EventsPerCommit; i++)
        {
            var line = _log.Begin(EventCatalog.ModbusRead, Outcome.Success);
            line.Number("unit"u8, 1);
            line.Number("function"u8, 3);
            line.Word("range"u8, "VW2000..VW2018"u8);
            line.Hex("request"u8, _request);
            line.Hex("response"u8, _response);
            _log.End(ref line);
        }
        return _journal.Commit();
    }
}
