using System.Net;

namespace Conpot.Pi.Events.Sinks;

/// <summary>The addresses behind a collector's name, asked for beside the thread pool: a silent nameserver holds whoever asks it for ten seconds and more.</summary>
/// <remarks>.NET asks on threads of its pool, which has as many as the machine has cores: two sinks would hold up every timer, the watchdog's among them.</remarks>
internal static class NameLookup
{
    private static readonly Dictionary<string, Task<IPAddress[]>> s_asked = [];

    /// <exception cref="System.Net.Sockets.SocketException">There is no such name, or nobody knows.</exception>
    public static Task<IPAddress[]> Find(string host, CancellationToken cancel)
    {
        if (IPAddress.TryParse(host, out var address)) return Task.FromResult<IPAddress[]>([address]);
        lock (s_asked)
        {
            // One thread for a name at most, however often its asker loses patience.
            if (!s_asked.TryGetValue(host, out var asked))
                s_asked[host] = asked = Task.Factory.StartNew(() => Ask(host), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return asked.WaitAsync(cancel);
        }
    }

    private static IPAddress[] Ask(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host);
        }
        finally
        {
            lock (s_asked) s_asked.Remove(host);
        }
    }
}
