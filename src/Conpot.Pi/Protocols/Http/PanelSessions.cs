using System.Buffers.Text;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Http;

/// <summary>Who is logged in: a few tokens, the oldest of which goes first.</summary>
/// <remarks>From the seed and the time, as all randomness here: behind the login is a decoy, not a secret.</remarks>
internal sealed class PanelSessions(DeviceSeed seed, TimeProvider time)
{
    private const int Most = 4;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    private readonly (ulong Token, long Seen)[] _sessions = new (ulong, long)[Most];
    private SplitMix64 _tokens = new(seed.For("http session") ^ (ulong)time.GetUtcNow().Ticks);

    public ulong Begin()
    {
        var oldest = 0;
        for (var i = 1; i < Most; i++)
            if (_sessions[i].Seen < _sessions[oldest].Seen) oldest = i;
        _sessions[oldest] = (_tokens.Next() | 1, time.GetTimestamp());
        return _sessions[oldest].Token;
    }

    /// <param name="cookies">The Cookie header.</param>
    public bool Knows(ReadOnlySpan<byte> cookies, ReadOnlySpan<byte> name)
    {
        foreach (var range in cookies.Split((byte)';'))
        {
            var cookie = cookies[range].Trim((byte)' ');
            if (cookie.Length <= name.Length || !cookie.StartsWith(name) || cookie[name.Length] != '=') continue;
            if (!Utf8Parser.TryParse(cookie[(name.Length + 1)..], out ulong token, out _, 'x') || token == 0) continue;
            foreach (ref var session in _sessions.AsSpan())
            {
                if (session.Token != token || time.GetElapsedTime(session.Seen) > Lifetime) continue;
                session.Seen = time.GetTimestamp();
                return true;
            }
        }
        return false;
    }
}
