using System.Buffers;
using System.Net.Sockets;
using System.Text.Json;

namespace Conpot.Pi.Hosting.Control;

/// <summary>Asks a running sensor over its control socket; what it throws is a message for the person who asked.</summary>
internal sealed class ControlClient : IDisposable
{
    /// <summary>Longer than the sensor lets one request wait for another.</summary>
    private const int PatienceMilliseconds = 10_000;

    private readonly Socket _socket;
    private readonly StreamReader _lines;

    private ControlClient(Socket socket)
    {
        _socket = socket;
        _lines = new StreamReader(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>Null when no sensor runs with these settings.</summary>
    /// <exception cref="ControlException">This user may not ask it, or nobody may.</exception>
    public static ControlClient? TryConnect(ControlSettings settings)
    {
        string? denied = null;
        foreach (var path in Paths(settings))
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = PatienceMilliseconds };
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(path));
                return new ControlClient(socket);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                if (e.SocketErrorCode == SocketError.AccessDenied) denied ??= path;
            }
            catch (ArgumentOutOfRangeException) // longer than a socket's path can be, so the sensor has none there
            {
                socket.Dispose();
            }
        }
        if (denied is not null)
            throw new ControlException($"permission denied at {denied}: join the group conpot-pi ('sudo adduser $USER conpot-pi', then log in again), or use sudo");
        return null;
    }

    /// <exception cref="ControlException">No sensor runs, or this user may not ask it.</exception>
    public static ControlClient Connect(ControlSettings settings)
    {
        if (TryConnect(settings) is { } client) return client;
        throw new ControlException(settings.Enabled
            ? $"no sensor is running with this configuration (nobody answers at {string.Join(" or ", Paths(settings))}); start it ('sudo systemctl start conpot-pi'), or name its settings with -c FILE"
            : "a sensor with this configuration cannot be asked: 'enabled' in [control] is false; set it to true and restart the sensor");
    }

    /// <summary>One request, one reply. The connection is then at its end.</summary>
    /// <exception cref="ControlException">The sensor refuses, or does not answer.</exception>
    public JsonDocument Ask(string verb, Action<Utf8JsonWriter>? members = null)
    {
        Send(verb, members);
        _socket.ReceiveTimeout = PatienceMilliseconds;
        return Read() ?? throw new ControlException("the sensor ended the connection without an answer; is it stopping?");
    }

    /// <summary>Asks for a stream, whose lines <see cref="Read"/> then gives.</summary>
    public void Send(string verb, Action<Utf8JsonWriter>? members = null)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("verb", verb);
            members?.Invoke(json);
            json.WriteEndObject();
        }
        line.Write("\n"u8);
        try
        {
            _socket.Send(line.WrittenSpan);
        }
        catch (SocketException)
        {
            // It has ended the connection already, perhaps with a line that says why.
        }
    }

    /// <summary>The next line of a reply, or null at its end.</summary>
    /// <exception cref="ControlException">The sensor refuses, or does not answer.</exception>
    public JsonDocument? Read()
    {
        try
        {
            if (_lines.ReadLine() is not { } line) return null;
            var reply = JsonDocument.Parse(line);
            if (!reply.RootElement.TryGetProperty("error", out var error)) return reply;
            using (reply) throw new ControlException($"the sensor refuses: {error.GetString()}");
        }
        catch (JsonException e)
        {
            throw new ControlException("what answers at the control socket is no conpot-pi, or one of another version; restart the sensor", e);
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return null;
        }
        catch (IOException e) when (e.InnerException is SocketException)
        {
            throw new ControlException("the sensor does not answer; 'systemctl status conpot-pi' tells more", e);
        }
    }

    /// <summary>Ends a <see cref="Read"/> that waits in another thread.</summary>
    public void Hang() => _socket.Shutdown(SocketShutdown.Both);

    public void Dispose()
    {
        _lines.Dispose();
        _socket.Dispose();
    }

    private static IEnumerable<string> Paths(ControlSettings settings) =>
        !settings.Enabled ? [] : settings.Elsewhere is null ? [settings.Socket] : [settings.Socket, settings.Elsewhere];
}
