using System.Buffers.Binary;
using System.Globalization;
using Conpot.Pi.Events;

namespace Conpot.Pi.Protocols.S7comm;

/// <content>User data of the group "cyclic services": values that are sent again and again, until the client has enough or leaves.</content>
/// <remarks>
/// Forms: packet-s7comm.c and PLC4X' s7.mspec. A request has 0, number of items, time base, factor, and the items as read var has them; the answer and all that
/// follows it have 0, number of items and the values. The sequence byte of the answer is the job's number.
/// </remarks>
internal sealed partial class S7Server
{
    private const byte Subscribe = 1, Unsubscribe = 4, SubscribeChanges = 5;

    /// <summary>Errors: "at least one tag address is invalid", "specified job does not exist", "illegal cycle time", "no more cyclic read jobs can be set up" (packet-s7comm.c).</summary>
    private const ushort NoTag = 0xD801, NoJob = 0xD802, WrongCycle = 0xD804, NoMoreJobs = 0xD805;

    /// <summary>Values that leave are recorded the first time, and then as a number this often: ten a second must not wash the journal away.</summary>
    private static readonly TimeSpan RecordEvery = TimeSpan.FromMinutes(1);

    private void Cyclic(in S7Pdu pdu, in S7Userdata asked, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Subscribe;
        switch (asked.Subfunction)
        {
            case Subscribe or SubscribeChanges:
                exchange.Operation = asked.Subfunction == Subscribe ? "cyclic data"u8 : "changed data"u8;
                AddJob(in pdu, in asked, link, ref frames, ref exchange);
                break;
            case Unsubscribe:
                exchange.Operation = "end cyclic data"u8;
                RemoveJob(in pdu, in asked, link, ref frames, ref exchange);
                break;
            default:
                exchange.Operation = "unknown cyclic function"u8;
                Fail(in pdu, in asked, S7Error.NotAvailable, link, ref frames, ref exchange);
                break;
        }
    }

    private void AddJob(in S7Pdu pdu, in S7Userdata asked, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        const int head = 4;
        var data = asked.Data;
        if (data.Length < head || data[0] != 0 || data[1] is 0 or > S7Exchange.MostItems)
        {
            exchange.Kind = S7commEvents.Malformed;
            Fail(in pdu, in asked, S7Error.WrongSize, link, ref frames, ref exchange);
            return;
        }
        exchange.Items = data[1];
        // 100 ms is the least that SZL 0131 index 3 allows ("0001"). Some firmware from V3.2 on takes no base of 100 ms at all (PLC4X); that of this profile is older.
        var period = TimeSpan.FromMilliseconds(data[2] switch { 0 => 100, 1 => 1_000, 2 => 10_000, _ => 0 }) * data[3];
        if (period == TimeSpan.Zero)
        {
            Fail(in pdu, in asked, WrongCycle, link, ref frames, ref exchange);
            return;
        }
        Span<byte> values = stackalloc byte[960];
        values = values[..Math.Min(values.Length, Room(link))];
        var length = values.Length < 2 ? TooLarge : ReadItems(data[head..], values[2..], ref exchange);
        if (length < 0 || exchange.Ranges.Length == 0)
        {
            exchange.Error = 0; // of an item
            Fail(in pdu, in asked, length < 0 ? S7Error.WrongSize : NoTag, link, ref frames, ref exchange);
            return;
        }
        if (!station.TryAddCyclicJob())
        {
            Fail(in pdu, in asked, NoMoreJobs, link, ref frames, ref exchange);
            return;
        }
        BinaryPrimitives.WriteUInt16BigEndian(values, (ushort)exchange.Items);
        values = values[..(2 + length)];
        var now = station.Time.GetTimestamp();
        var ticks = (long)(period.TotalSeconds * station.Time.TimestampFrequency);
        var job = new S7Subscription(link.Subscriptions.NextJob(), data[head..].ToArray(), exchange.Items, ticks, asked.Subfunction == SubscribeChanges) { Due = now + ticks };
        job.Changed(values);
        link.Subscriptions.Add(job);
        exchange.Note = string.Create(CultureInfo.InvariantCulture, $"job {job.Job}, every {period.TotalSeconds} s");
        SendPart(in pdu, in asked, values, 0, false, job.Job, ref frames);
    }

    /// <summary>05 and a job's number; 0 for all of them. [G]</summary>
    private void RemoveJob(in S7Pdu pdu, in S7Userdata asked, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        if (asked.Data.Length < 2)
        {
            exchange.Kind = S7commEvents.Malformed;
            Fail(in pdu, in asked, S7Error.WrongSize, link, ref frames, ref exchange);
            return;
        }
        var number = asked.Data[1];
        if (number == 0)
        {
            exchange.Note = string.Create(CultureInfo.InvariantCulture, $"all jobs, values sent {link.Subscriptions.Sent} times");
            EndJobs(link);
        }
        else if (link.Subscriptions.Find(number) is { } job)
        {
            exchange.Note = string.Create(CultureInfo.InvariantCulture, $"job {number}, values sent {job.Sent} times");
            link.Subscriptions.Remove(number);
            station.RemoveCyclicJobs(1);
        }
        else
        {
            Fail(in pdu, in asked, NoJob, link, ref frames, ref exchange);
            return;
        }
        Acknowledge(in pdu, in asked, 0, link, ref frames);
    }

    private void EndJobs(S7Link link)
    {
        station.RemoveCyclicJobs(link.Subscriptions.Count);
        link.Subscriptions.Clear();
    }

    /// <summary>Sends the values of the job that has waited longest, or else what the message service has to tell.</summary>
    /// <returns>Whether it is to be recorded.</returns>
    public bool Push(S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        var now = station.Time.GetTimestamp();
        if (link.Subscriptions.FirstDue(now) is not { } job) return link.Messages.Due <= now && PushMessage(link, ref frames, ref exchange);
        job.Advance(now);
        Span<byte> values = stackalloc byte[960];
        values = values[..Math.Min(values.Length, Room(link))];
        exchange.Items = job.Count;
        // A setup since then may have made the PDU smaller.
        var length = values.Length < 2 ? TooLarge : ReadItems(job.Items, values[2..], ref exchange);
        if (length < 0) return false;
        BinaryPrimitives.WriteUInt16BigEndian(values, (ushort)job.Count);
        values = values[..(2 + length)];
        if (!job.Changed(values) && job.ChangesOnly) return false;
        WriteParameter(frames.Pdu[S7Pdu.Header..], Unasked | S7Userdata.Cyclic, job.ChangesOnly ? SubscribeChanges : Subscribe, job.Job, 0, false, 0);
        SendData(0, values, ref frames); // no job of a client's is answered: reference 0 [G]
        link.Subscriptions.CountSent(job);
        if (job.Sent > 1 && station.Time.GetElapsedTime(job.Recorded.At, now) < RecordEvery) return false;
        exchange.Kind = S7commEvents.Subscribe;
        exchange.Operation = "cyclic data sent"u8;
        exchange.Note = string.Create(CultureInfo.InvariantCulture, $"job {job.Job}, {job.Sent - job.Recorded.Sent} times since this was last recorded");
        job.Recorded = (job.Sent, now);
        return true;
    }

    /// <summary>The connection has ended, its jobs with it.</summary>
    /// <returns>Whether there were any.</returns>
    public bool EndJobs(S7Link link, ref S7Exchange exchange)
    {
        var jobs = link.Subscriptions.Count;
        if (jobs == 0) return false;
        exchange.Kind = S7commEvents.Subscribe;
        exchange.Operation = "cyclic data ended"u8;
        exchange.Note = string.Create(CultureInfo.InvariantCulture, $"{jobs} jobs with their connection, values sent {link.Subscriptions.Sent} times");
        EndJobs(link);
        return true;
    }
}
