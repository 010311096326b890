using System.Runtime.InteropServices;

namespace Conpot.Pi.Net;

/// <summary>The way out of a connection: the batch's replies, those that waited for the latency, and what the client does not take.</summary>
internal sealed unsafe partial class TcpSession
{
    /// <summary>Sends a part of the turn's batch, whose events are committed now.</summary>
    public void SendBatched(ReadOnlySpan<byte> bytes)
    {
        _inBatch--;
        Send(bytes);
    }

    /// <summary>Sends bytes whose events are committed; what the client does not take waits.</summary>
    private void Send(ReadOnlySpan<byte> bytes)
    {
        if (Fd < 0) return;
        if (_unsent is null)
        {
            nint sent;
            fixed (byte* p = bytes) sent = Libc.Send(Fd, p, bytes.Length, Libc.DontWait | Libc.NoSignal);
            if (sent < 0)
            {
                if (Marshal.GetLastPInvokeError() is not (Libc.Again or Libc.Interrupted or Libc.NoBuffers))
                {
                    End("reset by client");
                    return;
                }
                sent = 0;
            }
            _sent += sent;
            _loop.Connections.CountSent(sent);
            bytes = bytes[(int)sent..];
        }
        if (!bytes.IsEmpty) Keep(bytes);
        else EndIfDone();
    }

    /// <summary>Sends the waiting replies whose time has come.</summary>
    public void SendDue(long now)
    {
        if (Fd < 0 || _waiting is null) return;
        while (_waiting.TryTake(now, out var reply))
        {
            Send(reply);
            if (Fd < 0) return;
        }
        if (_waiting.Count > 0) _loop.Delay(this, _waiting.FirstDue);
        // Not at once: what is answered while due replies leave might be due itself, before its event is committed.
        else if (_partialLength > 0 && PartialSince == 0) _loop.Again(this);
        Listen();
        EndIfDone();
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_loop.Backlog + bytes.Length > LargestBacklog)
        {
            End("client does not read", reset: true);
            return;
        }
        var length = _unsentEnd - _unsentStart;
        var grown = new byte[length + bytes.Length];
        _unsent?.AsSpan(_unsentStart, length).CopyTo(grown);
        bytes.CopyTo(grown.AsSpan(length));
        (_unsent, _unsentStart, _unsentEnd) = (grown, 0, grown.Length);
        _loop.Backlog += bytes.Length;
        if (UnsentSince == 0) UnsentSince = _loop.Time.GetTimestamp();
        Listen();
    }

    private void Flush()
    {
        if (_unsent is null) return;
        nint sent;
        fixed (byte* p = _unsent) sent = Libc.Send(Fd, p + _unsentStart, _unsentEnd - _unsentStart, Libc.DontWait | Libc.NoSignal);
        if (sent < 0)
        {
            if (Marshal.GetLastPInvokeError() is not (Libc.Again or Libc.Interrupted or Libc.NoBuffers)) End("reset by client");
            return;
        }
        _unsentStart += (int)sent;
        _sent += sent;
        _loop.Backlog -= sent;
        UnsentSince = _loop.Time.GetTimestamp();
        if (_unsentStart < _unsentEnd) return;
        (_unsent, _unsentStart, _unsentEnd, UnsentSince) = (null, 0, 0, 0);
        if (_partialLength > 0 && PartialSince == 0) GoOn();
        if (Fd < 0) return;
        Listen();
        EndIfDone();
    }
}
