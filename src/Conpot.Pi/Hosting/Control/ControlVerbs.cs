using System.Text.Json;

namespace Conpot.Pi.Hosting.Control;

/// <summary>Answers one request of the control socket, in one line or in many; it ends early when <paramref name="cancel"/> says that nobody listens.</summary>
/// <exception cref="ControlException">It cannot be done; the message goes to the person who asked.</exception>
internal delegate Task ControlVerb(JsonElement request, ControlReply reply, CancellationToken cancel);

/// <summary>What the running sensor can be asked over its control socket: the table of its verbs.</summary>
internal sealed class ControlVerbs
{
    private readonly Dictionary<string, (ControlVerb Run, bool Streams)> _verbs = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _verbs.Keys;

    /// <summary>A verb with one line of reply; <paramref name="answer"/> writes the members of its object. One such verb runs at a time.</summary>
    public void Add(string name, Action<JsonElement, Utf8JsonWriter> answer) => _verbs.Add(name, ((request, reply, _) => reply.Line(json => answer(request, json)), false));

    /// <summary>A verb that takes its time, or goes on replying until the client leaves; several of them run beside each other.</summary>
    public void AddStream(string name, ControlVerb run) => _verbs.Add(name, (run, true));

    public bool TryFind(string name, out ControlVerb run, out bool streams)
    {
        var found = _verbs.TryGetValue(name, out var verb);
        (run, streams) = verb;
        return found;
    }
}

/// <summary>Why a request of the control socket came to nothing, for the person who made it.</summary>
internal sealed class ControlException(string message, Exception? inner = null) : IOException(message, inner);
