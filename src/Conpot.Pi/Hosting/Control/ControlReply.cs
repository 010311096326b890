using System.Buffers;
using System.Net.Sockets;
using System.Text.Json;

namespace Conpot.Pi.Hosting.Control;

/// <summary>The way back to a client of the control socket: one JSON object per line.</summary>
internal sealed class ControlReply(Socket client, TimeProvider time, CancellationToken stop)
{
    /// <summary>A client that does not fetch its line for so long is gone, or means harm.</summary>
    internal static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(5);

    private readonly ArrayBufferWriter<byte> _line = new();

    /// <summary>Sends an object, whose members <paramref name="write"/> writes.</summary>
    /// <exception cref="OperationCanceledException">The client does not read, or the sensor stops.</exception>
    public async Task Line(Action<Utf8JsonWriter> write)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        _line.Write("\n"u8);
        using var late = new CancellationTokenSource(SendPatience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop);
        for (var rest = _line.WrittenMemory; rest.Length > 0;)
            rest = rest[await client.SendAsync(rest, SocketFlags.None, both.Token).ConfigureAwait(false)..];
    }

    /// <summary>Says why there is no reply.</summary>
    public Task Error(string problem) => Line(json => json.WriteString("error", problem));
}
