using System.Net;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Win32.SafeHandles;

namespace Conpot.Pi.Fuzz;

/// <summary>A journal in memory's file system, and the look at every line that comes into it.</summary>
internal sealed class Recorder : IDisposable
{
    /// <summary>Bytes after which the journal begins anew.</summary>
    private const long Most = 64 << 20;

    private readonly string _directory = Scratch.Directory("journal");
    private readonly byte[] _read = new byte[512 * 1024];
    private readonly Origin _origin;
    private JournalFile? _file;
    private Journal? _journal;
    private SafeFileHandle? _segment;
    private long _position, _sequence;
    private ulong _events;

    public Recorder(string transport, string protocol, int port)
    {
        _origin = new Origin("aaaaaaaaaaaa", new IPEndPoint(new IPAddress([192, 0, 2, 7]), 40000), new IPEndPoint(new IPAddress([192, 0, 2, 1]), port), transport, protocol);
        Reopen();
    }

    /// <summary>Who wants to read the lines: a replay.</summary>
    public static Action<string>? Told { get; set; }

    public SessionLog Log { get; private set; } = null!;

    /// <summary>Events begun so far: a reply without one more is a reply without a record.</summary>
    public long Events => _journal!.NextSequence;

    /// <summary>Events of this execution that were looked at.</summary>
    public ulong Count { get; private set; }

    /// <summary>Before the events of an execution.</summary>
    public void Begin()
    {
        // An execution that ended with an exception may have left an event half written, or not looked at.
        if (_position > Most || _sequence != Events - 1) Reopen();
        (_events, Count) = (Signatures.Empty, 0);
    }

    /// <summary>As the network loop does when the buffer is nearly full.</summary>
    public void MakeRoom()
    {
        if (_journal!.NearlyFull) Look();
    }

    /// <summary>Commits, and looks at what was committed.</summary>
    /// <returns>A digest of all that the events since <see cref="Begin"/> say.</returns>
    public ulong Look()
    {
        Violation.Unless(_journal!.Commit() && _journal.Fault is null, "the journal does not commit", _journal.Fault ?? "");
        _segment ??= File.OpenHandle(Segments.List(_directory)[^1].Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var length = RandomAccess.Read(_segment, _read, _position);
        _position += length;
        for (var rest = _read.AsSpan(0, length); !rest.IsEmpty;)
        {
            var end = rest.IndexOf((byte)'\n');
            Violation.Unless(end >= 0, "a line of the journal has no end");
            Told?.Invoke(Encoding.Latin1.GetString(rest[..end]));
            Look(rest[..end]);
            rest = rest[(end + 1)..];
        }
        Violation.Unless(_sequence == Events - 1, "an event did not reach the journal");
        return _events;
    }

    private void Look(ReadOnlySpan<byte> line)
    {
        Violation.Unless(!line.ContainsAnyExceptInRange((byte)' ', (byte)'~'), "a line of the journal is not printable ASCII");
        Violation.Unless(line.Length < Segments.LongestLine, "a line of the journal is too long");
        Violation.Unless(Segments.SequenceOf(line) == ++_sequence, "the journal's numbers have a gap");
        var (inConpot, skip, sign) = (false, false, false);
        var signature = Signatures.Empty;
        var reader = new Utf8JsonReader(line);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    if (reader.CurrentDepth == 1) inConpot = reader.ValueTextEquals("conpot"u8);
                    // The only field that depends on when it is done.
                    skip = reader.ValueTextEquals("unsynchronised"u8);
                    sign = reader.ValueTextEquals("action"u8) || reader.ValueTextEquals("outcome"u8) || reader.ValueTextEquals("problem"u8) || reader.ValueTextEquals("unanswered"u8)
                        || reader.ValueTextEquals("exception"u8) || reader.ValueTextEquals("error"u8) || reader.ValueTextEquals("status"u8)
                        || reader.ValueTextEquals("operation"u8) || reader.ValueTextEquals("attack"u8) || reader.ValueTextEquals("reason"u8);
                }
                else if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.EndObject))
                {
                    if (sign) signature = Signatures.Hash(signature, reader.ValueSpan);
                }
                if ((inConpot || sign) && !skip) _events = Signatures.Hash(_events, reader.ValueSpan);
            }
        }
        catch (JsonException e)
        {
            throw new Violation("a line of the journal is not JSON", e.Message);
        }
        Signatures.Add(signature);
        Count++;
    }

    private void Reopen()
    {
        Close();
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
        _file = JournalFile.Open(new JournalSettings(_directory, 1 << 30, 1L << 31, TimeSpan.Zero));
        _journal = new Journal(_file, "fuzz", "00000000", new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero)));
        Log = new SessionLog(_journal, _origin);
        (_segment, _position, _sequence) = (null, 0, 0);
    }

    private void Close()
    {
        _segment?.Dispose();
        _journal?.Dispose();
    }

    public void Dispose()
    {
        Close();
        Directory.Delete(_directory, recursive: true);
    }
}
