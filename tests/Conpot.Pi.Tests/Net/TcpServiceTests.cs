using System.Globalization;
using System.Net.Sockets;
using Conpot.Pi.Events;
using Conpot.Pi.Net;
using Conpot.Pi.Tests.Events;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static Conpot.Pi.Tests.Net.EchoConversation;

namespace Conpot.Pi.Tests.Net;

/// <summary>The loop, the port and its sessions on real loopback sockets.</summary>
public class TcpServiceTests
{
    [Fact]
    public void A_session_is_recorded_from_its_beginning_to_its_end()
    {
        using var rig = new NetRig();
        var client = rig.Connect();
        var local = (System.Net.IPEndPoint)client.LocalEndPoint!;
        client.Send(Frame(9, 8, 7));
        Assert.Equal(Frame(9, 8, 7), NetRig.Read(client, 4));
        client.Shutdown(SocketShutdown.Both);
        client.Close();
        var events = rig.Events();
        Assert.Equal(["session.start", "modbus.read", "session.end"], events.Select(NetRig.Action));
        Assert.Single(events.Select(e => e.GetProperty("conpot").GetProperty("session").GetString()).Distinct());
        Assert.All(events, e => Assert.Equal(("127.0.0.1", local.Port, rig.Service.EndPoint.Port, "echo"), (
            e.GetProperty("source").GetProperty("ip").GetString(), e.GetProperty("source").GetProperty("port").GetInt32(),
            e.GetProperty("destination").GetProperty("port").GetInt32(), e.GetProperty("network").GetProperty("protocol").GetString())));
        var end = events[^1].GetProperty("conpot");
        Assert.Equal(("closed by client", 4, 4, 1), (end.GetProperty("reason").GetString(), end.GetProperty("received").GetInt64(), end.GetProperty("sent").GetInt64(), end.GetProperty("requests").GetInt64()));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.2, 0.6)]
    public void Requests_split_at_every_byte_or_merged_into_one_segment_are_answered_in_order(double from, double to)
    {
        using var rig = new NetRig(latency: (from, to));
        var frames = Enumerable.Range(0, 40).SelectMany(i => Frame([.. Enumerable.Range(0, i).Select(b => (byte)(b + 100))])).ToArray();
        var whole = rig.Connect();
        whole.Send(frames);
        Assert.Equal(frames, NetRig.Read(whole, frames.Length));
        var bytewise = rig.Connect();
        foreach (var b in frames) bytewise.Send([b]);
        Assert.Equal(frames, NetRig.Read(bytewise, frames.Length));
        for (var cut = 1; cut < 60; cut++)
        {
            whole.Send(frames.AsSpan(0, cut));
            bytewise.Send(frames.AsSpan(0, 60));
            whole.Send(frames.AsSpan(cut, 60 - cut));
            var complete = CompleteBytes(frames.AsSpan(0, 60));
            Assert.Equal(frames[..complete], NetRig.Read(whole, complete));
            Assert.Equal(frames[..complete], NetRig.Read(bytewise, complete));
            // The tail of the cut frame, so that the next round begins with a new one.
            var rest = frames.AsSpan(60, frames[complete] + 1 - (60 - complete));
            whole.Send(rest);
            bytewise.Send(rest);
            Assert.Equal(frames[complete] + 1, NetRig.Read(whole, frames[complete] + 1).Length);
            Assert.Equal(frames[complete] + 1, NetRig.Read(bytewise, frames[complete] + 1).Length);
        }
    }

    [Fact]
    public void More_pipelined_requests_than_may_wait_are_all_answered_at_the_devices_pace()
    {
        using var rig = new NetRig(latency: (0.3, 0.9));
        var client = rig.Connect();
        const int Requests = 10 * TcpSession.MostWaiting + 3;
        var frames = Enumerable.Range(0, Requests).SelectMany(i => Frame(100, (byte)i, (byte)(i >> 8))).ToArray();
        var started = TimeProvider.System.GetTimestamp();
        client.Send(frames);
        Assert.Equal(frames, NetRig.Read(client, frames.Length));
        Assert.True(TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromMilliseconds(0.3 * Requests));
        Assert.Equal(Requests, rig.Events("modbus.read").Count);
    }

    [Fact]
    public void No_reply_waits_for_the_next_tick()
    {
        using var rig = new NetRig(latency: (0, 0.05));
        var clients = Enumerable.Range(0, 8).Select(_ => rig.Connect()).ToList();
        var started = TimeProvider.System.GetTimestamp();
        for (var round = 0; round < 300; round++)
        {
            foreach (var client in clients) client.Send(Frame(100));
            foreach (var client in clients) Assert.Equal(2, NetRig.Read(client, 2).Length);
        }
        // Some 0.1 s; a timer that is missed costs a second, and there were dozens of them.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.3, 0.9)]
    public void Who_has_said_all_still_gets_his_answers(double from, double to)
    {
        using var rig = new NetRig(latency: (from, to));
        foreach (var tail in new byte[][] { [], [50], [50, 100, 100] }) // and half a request that will never be whole
        {
            var client = rig.Connect();
            var frames = Enumerable.Range(0, 3 * TcpSession.MostWaiting).SelectMany(i => Frame(100, (byte)i)).ToArray();
            client.Send([.. frames, .. tail]);
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(frames, NetRig.Read(client, frames.Length + 1));
        }
        Assert.Equal(["closed by client", "closed by client", "closed by client"], rig.Reasons());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void A_reply_that_takes_longer_holds_up_those_behind_it_and_nothing_else(double latency)
    {
        using var rig = new NetRig(latency: (latency, latency));
        var client = rig.Connect();
        byte[] frames = [.. Frame(EchoConversation.Late), .. Frame(100)];
        var started = rig.Time.GetTimestamp();
        client.Send(frames);
        Assert.Equal(frames, NetRig.Read(client, frames.Length));
        Assert.True(rig.Time.GetElapsedTime(started) >= EchoConversation.Delay, $"after {rig.Time.GetElapsedTime(started)}");
    }

    [Fact]
    public void Who_connects_and_leaves_is_recorded_and_so_is_who_resets()
    {
        using var rig = new NetRig(latency: (5, 5));
        rig.Connect().Close();
        rig.Settle();
        NetRig.Reset(rig.Connect());
        rig.Settle();
        var waiting = rig.Connect();
        waiting.Send([.. Enumerable.Range(0, 2 * TcpSession.MostWaiting).SelectMany(i => Frame(100))]); // not reading any more when the reset comes
        NetRig.Read(waiting, 2);
        NetRig.Reset(waiting);
        Assert.Equal(["closed by client", "reset by client", "reset by client"], rig.Reasons());
        Assert.Equal(0, rig.Service.SessionCount);
        Assert.Equal((0, 0), (rig.Loop.Sessions, rig.Loop.Backlog));
    }

    [Fact]
    public void A_reply_never_arrives_before_its_event_is_in_the_file()
    {
        // The last one: a clock that stands still and a latency of nothing, so that every reply is due as soon as it is made.
        foreach (var (time, latency) in new[] { (TimeProvider.System, (0.0, 0.0)), (TimeProvider.System, (0, 0.2)), (new FakeTimeProvider(), (0, 0.2)) })
        {
            using var rig = new NetRig(time, latency, uniform: time is FakeTimeProvider ? () => 0 : null);
            using var reader = new JournalReader(rig.Directory);
            var recorded = new HashSet<string>();
            var clients = Enumerable.Range(0, 4).Select(_ => rig.Connect()).ToList();
            for (var round = 0; round < 150; round++)
            {
                // A burst each, more than may wait, so that the loop answers ahead, in batches and after pauses.
                var size = 1 + round % 40;
                foreach (var (client, who) in clients.Select((c, i) => (c, i)))
                    client.Send([.. Enumerable.Range(0, size).SelectMany(i => Frame(100, (byte)who, (byte)round, (byte)i))]);
                for (var i = 0; i < size; i++)
                    foreach (var client in clients)
                    {
                        var reply = Convert.ToHexString(NetRig.Read(client, 5));
                        while (reader.TryRead(out var line))
                            if (System.Text.Json.JsonDocument.Parse(line.ToArray()).RootElement.GetProperty("conpot").TryGetProperty("request", out var request)) recorded.Add(request.GetString()!);
                        Assert.Contains(reply, recorded);
                    }
            }
        }
    }

    [Fact]
    public void A_request_without_an_answer_is_recorded_and_those_behind_it_answered()
    {
        using var rig = new NetRig();
        var client = rig.Connect();
        client.Send([.. Frame(Silence), .. Frame(Silence, 1), .. Frame(100)]);
        Assert.Equal(Frame(100), NetRig.Read(client, 2));
        Assert.Equal(3, rig.Events("modbus.read").Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_connection_that_the_device_ends_gets_its_last_reply_and_nothing_more(double latency)
    {
        using var rig = new NetRig(latency: (latency, latency));
        var client = rig.Connect();
        client.Send([.. Frame(100), .. Frame(Goodbye), .. Frame(101)]);
        Assert.Equal([.. Frame(100), .. Frame(Goodbye)], NetRig.Read(client, 6));
        Assert.Equal(["said goodbye"], rig.Reasons());
        Assert.Equal(2, rig.Events("modbus.read").Count);
    }

    [Fact]
    public void A_mistake_costs_the_visitor_his_connection_and_holds_up_nobody()
    {
        using var rig = new NetRig();
        var (victim, other) = (rig.Connect(), rig.Connect());
        victim.Send(Frame(Mistake));
        Assert.True(NetRig.EndsByReset(victim));
        other.Send(Frame(100));
        Assert.Equal(Frame(100), NetRig.Read(other, 2));
        var appended = new Thread(() =>
        {
            var line = rig.Journal.Begin(EventCatalog.SensorConfig, null, Outcome.Success); // the thread of the CPU, or of a signal
            rig.Journal.End(ref line);
        });
        appended.Start();
        Assert.True(appended.Join(NetRig.Patience));
        var error = Assert.Single(rig.Events("sensor.error")).GetProperty("conpot");
        Assert.StartsWith("System.InvalidOperationException: planted", error.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(["error in the sensor"], rig.Reasons());
        Assert.Single(rig.Events("sensor.config"));
    }

    [Fact]
    public void A_mistake_while_waiting_requests_are_taken_up_is_caught_too()
    {
        using var rig = new NetRig(latency: (0.2, 0.2));
        var client = rig.Connect();
        client.Send([.. Enumerable.Range(0, TcpSession.MostWaiting).SelectMany(_ => Frame(100)), .. Frame(Mistake)]);
        Assert.Throws<SocketException>(() => NetRig.Read(client, 1000));
        Assert.Equal(["error in the sensor"], rig.Reasons());
    }

    [Fact]
    public void A_request_that_never_ends_ends_the_connection_at_the_largest_there_is()
    {
        using var rig = new NetRig();
        var client = rig.Connect();
        try
        {
            for (var i = 0; i < 100; i++) client.Send(Enumerable.Repeat(Never, 1000).ToArray());
        }
        catch (SocketException)
        {
            // Ended while we were at it.
        }
        Assert.Equal(["request too long"], rig.Reasons());
    }

    [Fact]
    public void Where_room_is_made_the_one_that_waited_longest_leaves()
    {
        var time = new FakeTimeProvider();
        using var rig = new NetRig(time, connections: 2, makesRoom: true);
        var (slow, idle) = (rig.Connect(), rig.Connect());
        slow.Send(Frame(100)[..1]);
        rig.Settle();
        time.Advance(TimeSpan.FromSeconds(1));
        idle.Send(Frame(100));
        Assert.Equal(Frame(100), NetRig.Read(idle, 2));
        var third = rig.Connect();
        Assert.True(NetRig.EndsByReset(slow));
        foreach (var client in (Socket[])[third, idle])
        {
            client.Send(Frame(100));
            Assert.Equal(Frame(100), NetRig.Read(client, 2));
        }
        Assert.Equal(["its place was needed"], rig.Reasons());
        Assert.Empty(rig.Events("session.refused"));
    }

    [Fact]
    public void Connections_over_a_limit_are_reset_recorded_and_at_last_summed_up()
    {
        var time = new FakeTimeProvider();
        using var rig = new NetRig(time, connections: 2);
        var (first, second) = (rig.Connect(), rig.Connect());
        for (var i = 0; i < Admission.MostListed + 4; i++) Assert.True(rig.IsReset());
        var listed = rig.Events("session.refused");
        Assert.Equal(Admission.MostListed, listed.Count);
        var refused = listed[0].GetProperty("conpot");
        Assert.Equal(("device's connections in use", 1), (refused.GetProperty("reason").GetString(), refused.GetProperty("count").GetInt32()));
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(4, rig.Events("session.refused")[^1].GetProperty("conpot").GetProperty("count").GetInt32());
        first.Send(Frame(100));
        Assert.Equal(Frame(100), NetRig.Read(first, 2));
        second.Close();
        rig.Settle();
        var third = rig.Connect();
        third.Send(Frame(100));
        Assert.Equal(Frame(100), NetRig.Read(third, 2));
    }

    [Fact]
    public void Refusals_that_are_not_yet_reported_are_so_when_the_port_closes()
    {
        using var rig = new NetRig(new FakeTimeProvider(), limits: new AdmissionLimits(9, 9, 1, 1));
        rig.Connect();
        for (var i = 0; i < Admission.MostListed + 4; i++) Assert.True(rig.IsReset());
        rig.OnLoop(() => rig.Service.Stop("sensor stops"));
        Assert.Equal(4, rig.Events("session.refused")[^1].GetProperty("conpot").GetProperty("count").GetInt32());
    }

    [Fact]
    public void Who_says_nothing_is_let_go_after_the_idle_time_and_who_speaks_is_not()
    {
        var time = new FakeTimeProvider();
        using var rig = new NetRig(time, idle: TimeSpan.FromSeconds(30));
        var (silent, busy) = (rig.Connect(), rig.Connect());
        rig.Settle();
        for (var i = 0; i < 4; i++)
        {
            busy.Send(Frame(100));
            Assert.Equal(Frame(100), NetRig.Read(busy, 2));
            time.Advance(TimeSpan.FromSeconds(10));
            rig.Settle();
        }
        Assert.True(NetRig.EndsByReset(silent));
        Assert.Equal(["idle"], rig.Reasons());
        Assert.Equal(30, Assert.Single(rig.Events("session.end")).GetProperty("conpot").GetProperty("duration").GetDouble(), 11.0);
        busy.Send(Frame(101));
        Assert.Equal(Frame(101), NetRig.Read(busy, 2));
    }

    [Fact]
    public void Without_an_idle_time_a_silent_connection_stays()
    {
        var time = new FakeTimeProvider();
        using var rig = new NetRig(time);
        var client = rig.Connect();
        rig.Settle();
        time.Advance(TimeSpan.FromHours(2));
        rig.Settle();
        client.Send(Frame(100));
        Assert.Equal(Frame(100), NetRig.Read(client, 2));
    }

    [Fact]
    public void A_client_that_never_begins_gives_its_place_back_and_one_that_has_begun_keeps_it()
    {
        var time = new FakeTimeProvider();
        using var rig = new NetRig(time, wantsBeginning: true);
        var (silent, talking) = (rig.Connect(), rig.Connect());
        talking.Send(Frame(100));
        Assert.Equal(Frame(100), NetRig.Read(talking, 2));
        rig.Settle();
        for (var i = 0; i < 7; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            rig.Settle();
        }
        Assert.Equal(["nothing asked for"], rig.Reasons());
        Assert.True(NetRig.EndsByReset(silent));
        talking.Send(Frame(101));
        Assert.Equal(Frame(101), NetRig.Read(talking, 2));
    }

    [Fact]
    public void One_visitor_leaves_a_quarter_to_others()
    {
        using var rig = new NetRig(connections: 4, limits: new AdmissionLimits(100, 48, 1000, 1000));
        for (var i = 0; i < 4; i++) rig.Connect();
        rig.Settle();
        Assert.Equal("address's connections of the device in use", Assert.Single(rig.Events("session.refused")).GetProperty("conpot").GetProperty("reason").GetString());
    }

    [Fact]
    public void A_request_that_is_never_finished_ends_the_connection()
    {
        var time = new FakeTimeProvider();
        using var rig = new NetRig(time);
        var client = rig.Connect();
        for (var i = 0; i < 7; i++)
        {
            client.Send([50]); // a byte now and then, as a slowloris does
            rig.Settle();
            time.Advance(TimeSpan.FromSeconds(10));
            rig.Settle();
        }
        Assert.Equal(["request not finished"], rig.Reasons());
        Assert.True(NetRig.EndsByReset(client));
    }

    [Fact]
    public void A_stream_of_requests_cut_in_their_middle_is_no_slowloris()
    {
        var time = new FakeTimeProvider();
        using var rig = new NetRig(time);
        var client = rig.Connect();
        client.Send([1]);
        for (var i = 0; i < 10; i++)
        {
            client.Send([100, 1]); // the end of one and the beginning of the next
            Assert.Equal(Frame(100), NetRig.Read(client, 2));
            time.Advance(TimeSpan.FromSeconds(40));
            rig.Settle();
        }
        Assert.Empty(rig.Reasons());
    }

    [Fact]
    public void Who_never_reads_is_held_back_and_gets_everything_when_he_does()
    {
        using var rig = new NetRig();
        var client = rig.Connect(receiveBuffer: 4096);
        var frame = Frame([.. Enumerable.Repeat((byte)200, 250)]);
        client.Blocking = false;
        long sent = 0;
        for (var blocked = 0; blocked < 3;)
        {
            try
            {
                sent += client.Send(frame.AsSpan((int)(sent % frame.Length)));
                blocked = 0;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                blocked++;
                rig.Settle();
            }
            Assert.InRange(sent, 0, 64 << 20);
        }
        long backlog = 0;
        rig.OnLoop(() => backlog = rig.Loop.Backlog);
        Assert.InRange(backlog, 1, 256 << 10);
        client.Blocking = true;
        var whole = sent / frame.Length * frame.Length;
        Assert.Equal(whole, NetRig.Read(client, (int)whole).Length);
        client.Send(frame.AsSpan((int)(sent % frame.Length)));
        Assert.Equal(frame, NetRig.Read(client, frame.Length));
        Assert.Equal(whole / frame.Length + 1, rig.Events("modbus.read").Count);
        Assert.Equal(0, rig.Loop.Backlog);
    }

    [Fact]
    public void Who_never_reads_is_let_go_in_the_end()
    {
        var time = new FakeTimeProvider();
        using var rig = new NetRig(time);
        var client = rig.Connect(receiveBuffer: 4096);
        var frame = Frame([.. Enumerable.Repeat((byte)200, 250)]);
        client.Blocking = false;
        for (var blocked = 0; blocked < 3;)
        {
            try
            {
                client.Send(frame);
                blocked = 0;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                blocked++;
                rig.Settle();
            }
        }
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(["client does not read"], rig.Reasons());
        Assert.Equal(0, rig.Loop.Backlog);
    }

    [Fact]
    public void Stopping_ends_every_session_with_an_event_however_many_there_are()
    {
        const int Many = 450; // more ends than the journal's buffer holds
        using var rig = new NetRig();
        var clients = Enumerable.Range(0, Many).Select(_ => rig.Connect()).ToList();
        for (var turn = 0; turn < 10_000 && rig.Service.SessionCount < Many; turn++) rig.Settle(); // a few are accepted in each turn
        Assert.Equal(Many, rig.Service.SessionCount);
        rig.Loop.Post(() => rig.Service.Stop("sensor stops"));
        rig.Loop.Stop(NetRig.Patience);
        Assert.True(rig.Journal.Commit());
        using var reader = new JournalReader(rig.Directory);
        var ends = 0;
        while (reader.TryRead(out var line))
            if (line.IndexOf("\"session.end\""u8) > 0) ends++;
        Assert.Equal((Many, 0, 0), (ends, rig.Service.SessionCount, rig.Journal.LostTotal));
        Assert.All(clients, c => Assert.False(NetRig.EndsByReset(c)));
        using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Throws<SocketException>(() => late.Connect(rig.Service.EndPoint));
    }

    [Fact]
    public void As_many_idle_ends_at_once_lose_no_event()
    {
        const int Many = 600;
        var time = new FakeTimeProvider();
        using var rig = new NetRig(time, idle: TimeSpan.FromSeconds(30));
        for (var i = 0; i < Many; i++) rig.Connect();
        for (var turn = 0; turn < 10_000 && rig.Service.SessionCount < Many; turn++) rig.Settle(); // a few are accepted in each turn
        Assert.Equal(Many, rig.Service.SessionCount);
        for (var tick = 0; tick < 3; tick++)
        {
            time.Advance(TimeSpan.FromSeconds(31));
            rig.Settle();
        }
        Assert.Equal((Many, 0), (rig.Reasons().Count(r => r == "idle"), rig.Journal.LostTotal));
    }

    [Fact]
    public void A_port_that_closes_lets_its_sessions_go_on_when_told_so()
    {
        using var rig = new NetRig();
        var client = rig.Connect();
        rig.Settle();
        rig.OnLoop(() => rig.Service.Stop(endSessions: null));
        client.Send(Frame(100));
        Assert.Equal(Frame(100), NetRig.Read(client, 2));
        client.Close();
        Assert.Equal(["closed by client"], rig.Reasons());
    }

    [Fact]
    public void Many_clients_at_once_are_all_answered_in_order()
    {
        using var rig = new NetRig(latency: (0, 0.3));
        var clients = Enumerable.Range(0, 100).Select(_ => rig.Connect()).ToList();
        for (var round = 0; round < 10; round++)
        {
            foreach (var (client, i) in clients.Select((c, i) => (c, i))) client.Send([.. Frame(100, (byte)i), .. Frame(101, (byte)round)]);
            foreach (var (client, i) in clients.Select((c, i) => (c, i))) Assert.Equal([.. Frame(100, (byte)i), .. Frame(101, (byte)round)], NetRig.Read(client, 6));
        }
        Assert.Equal(2000, rig.Events("modbus.read").Count);
        Assert.Equal(2100, rig.Events().Select(e => e.GetProperty("event").GetProperty("sequence").GetInt64()).Distinct().Count());
    }

    [Fact]
    public void A_write_that_hangs_holds_the_replies_back_until_it_is_given_up()
    {
        var time = new FakeTimeProvider();
        using var rig = new NetRig(time, segmentSize: 1);
        var client = rig.Connect();
        rig.Settle();
        using var held = new HeldFile(Segments.PathOf(rig.Directory, 2));
        client.Send(Frame(100)); // event 2
        held.AwaitVictim();
        rig.Loop.Watch(); // too early
        Assert.False(rig.Journal.IsStalled);
        Assert.False(client.Poll(0, SelectMode.SelectRead));
        time.Advance(TimeSpan.FromSeconds(3));
        rig.Loop.Watch();
        Assert.True(rig.Journal.IsStalled);
        Assert.Equal(Frame(100), NetRig.Read(client, 2));
        for (var i = 0; i < 3; i++)
        {
            client.Send(Frame(101)); // 3 to 5 are answered and counted
            Assert.Equal(Frame(101), NetRig.Read(client, 2));
        }
        held.LetGo();
        Assert.True(SpinWait.SpinUntil(() => !rig.Journal.IsStalled, NetRig.Patience));
        var lost = Assert.Single(rig.Events("sensor.lost")).GetProperty("conpot");
        Assert.Equal("3 3 5", string.Create(CultureInfo.InvariantCulture, $"{lost.GetProperty("lost")} {lost.GetProperty("first")} {lost.GetProperty("last")}"));
        client.Send(Frame(102));
        Assert.Equal(Frame(102), NetRig.Read(client, 2));
        Assert.Equal([1, 2, 6, 7], rig.Events().Select(e => e.GetProperty("event").GetProperty("sequence").GetInt64()));
    }

    private static int CompleteBytes(ReadOnlySpan<byte> frames)
    {
        var at = 0;
        while (at < frames.Length && at + frames[at] + 1 <= frames.Length) at += frames[at] + 1;
        return at;
    }
}
