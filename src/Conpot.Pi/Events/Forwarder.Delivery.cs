using Conpot.Pi.Events.Sinks;

namespace Conpot.Pi.Events;

/// <summary>One delivery and what comes of it: success, another try, or the dead letters; and what a person hears of that.</summary>
internal sealed partial class Forwarder
{
    private readonly Lock _telling = new();
    private long? _troubleSince, _refusedSince;
    private int _failures;
    private bool _single, _faulted;
    private (long Since, TimeSpan Wait)? _closed; // the sink could not be opened, and is left alone for so long
    private long _delivered, _dropped;
    private string? _lastError;
    private DateTimeOffset? _lastDelivery, _oldest;

    /// <summary>It has not taken events for a while: the front panel's SF lamp blinks.</summary>
    public bool Faulted
    {
        get { lock (_telling) return _faulted; }
    }

    public SinkStatus Status
    {
        get
        {
            lock (_telling) return new SinkStatus(Name, Math.Max(0, _journal.NextSequence - 1 - _cursor.Position), _delivered, _dropped, _lastError, _lastDelivery, _faulted, _oldest);
        }
    }

    /// <summary>Offers the rest of the batch until some of it is done with.</summary>
    /// <returns>How many are; 0 when the sensor stops before.</returns>
    private async Task<int> Deliver(int from)
    {
        while (true)
        {
            // After a refusal one by one until the batch is done: only the one that is wrong shall go.
            var rest = _batch.GetRange(from, _single ? 1 : _batch.Count - from);
            var failure = await Attempt(rest);
            if (failure is null)
            {
                _cursor.Passed(rest[^1]);
                return rest.Count;
            }
            if (failure.IsRefusal && !_single && rest.Count > 1)
            {
                _single = true;
                continue;
            }
            if (failure.IsRefusal && IsFinal(rest[0], failure.Message))
            {
                _cursor.Passed(rest[0]);
                return 1;
            }
            if (_ending.IsCancellationRequested) return 0;
            await Wait(BackOff(failure.RetryAfter));
            if (_ending.IsCancellationRequested) return 0;
        }
    }

    /// <returns>Null, or why not.</returns>
    private async Task<SinkException?> Attempt(List<EventRecord> events)
    {
        lock (_telling)
        {
            _troubleSince ??= _time.GetTimestamp(); // an attempt that hangs is trouble from its beginning
            _oldest = events[0].Time;
        }
        return await Try(cancel => _sink.Send(events, cancel), events.Count);
    }

    /// <summary>Nothing to send: a sink that lives by its connection keeps it, and an outage is known before there is an event to tell.</summary>
    private async Task KeepOpen()
    {
        if (_closed is { } closed && _time.GetElapsedTime(closed.Since) < closed.Wait) return;
        if (await Try(_sink.Open, count: 0) is { } failure) _closed = (_time.GetTimestamp(), BackOff(failure.RetryAfter));
    }

    /// <returns>Null, or why not.</returns>
    private async Task<SinkException?> Try(Func<CancellationToken, Task> act, int count)
    {
        await _sending.WaitAsync(_cancelled.Token);
        using var timeout = new CancellationTokenSource(AttemptTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _cancelled.Token);
        try
        {
            await act(either.Token);
            // That it could be opened is no answer to events that were refused.
            if (count > 0 || _closed is not null) Succeeded(count);
            return null;
        }
        catch (OperationCanceledException) when (_cancelled.IsCancellationRequested)
        {
            throw;
        }
        catch (SinkException e)
        {
            Failed(e.Message);
            return e;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            var message = e is OperationCanceledException ? $"no answer within {AttemptTimeout.TotalSeconds:0} s" : e.Message;
            Failed(message);
            return new SinkException(message, e);
        }
        finally
        {
            _sending.Release();
        }
    }

    private void Succeeded(int count)
    {
        TimeSpan? outage;
        lock (_telling)
        {
            outage = _faulted ? _time.GetElapsedTime(_troubleSince!.Value) : null;
            (_troubleSince, _faulted, _lastError, _oldest) = (null, false, null, null);
            if (count > 0) _lastDelivery = _time.GetUtcNow();
            _delivered += count;
        }
        (_failures, _refusedSince, _closed) = (0, null, null);
        if (outage is null) return;
        var line = _journal.Begin(EventCatalog.SinkRecovered, null, Outcome.Success);
        line.Text("sink"u8, Name, 64);
        line.Seconds("outage"u8, outage.Value);
        _journal.End(ref line);
    }

    private void Failed(string message)
    {
        lock (_telling)
        {
            _troubleSince ??= _time.GetTimestamp();
            _lastError = message;
        }
        if (_failures < 30) _failures++;
    }

    /// <summary>A refusal has lasted long enough: the event goes to the dead letters. Those behind it, refused as well, follow without another wait.</summary>
    private bool IsFinal(EventRecord e, string reason)
    {
        _refusedSince ??= _time.GetTimestamp();
        if (_time.GetElapsedTime(_refusedSince.Value) < RefusalPatience) return false;
        if (_letters.Add(e, reason) is { } problem)
        {
            Failed($"{reason}; and the dead letters cannot be written: {problem}");
            return false; // it stays in the journal and comes again
        }
        lock (_telling) _dropped++;
        return true;
    }

    /// <summary>1 s, 2 s, 4 s ... 1 min, and between half and all of it, so that a hundred sensors do not come back at once.</summary>
    private TimeSpan BackOff(TimeSpan? asked)
    {
        var longest = Math.Min(LongestBackOff.TotalSeconds, FirstBackOff.TotalSeconds * Math.Pow(2, _failures - 1));
        var own = TimeSpan.FromSeconds(longest * (0.5 + _random() / 2));
        return asked is { } wish && wish > own ? (wish < LongestRetryAfter ? wish : LongestRetryAfter) : own;
    }

    private void TellFault()
    {
        string error;
        TimeSpan trouble;
        lock (_telling)
        {
            if (_faulted || _troubleSince is not { } since || (trouble = _time.GetElapsedTime(since)) < FaultAfter) return;
            _faulted = true;
            error = _lastError ?? "no answer";
        }
        var line = _journal.Begin(EventCatalog.SinkFault, null, Outcome.Failure);
        line.Text("sink"u8, Name, 64);
        line.Text("error"u8, error);
        line.Seconds("for"u8, trouble);
        line.Number("behind"u8, Status.Lag);
        _journal.End(ref line);
    }

    private void TellGap(Losses gap)
    {
        lock (_telling) _dropped += gap.Count;
        var line = _journal.Begin(EventCatalog.SinkGap, null, Outcome.Failure);
        line.Text("sink"u8, Name, 64);
        line.Number("count"u8, gap.Count);
        line.Number("first"u8, gap.From);
        line.Number("last"u8, gap.To);
        _journal.End(ref line);
    }
}
