using Conpot.Pi.Config;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;
using Conpot.Pi.Tests.Vectors;
using Microsoft.Extensions.Time.Testing;

namespace Conpot.Pi.Fuzz.Targets;

/// <summary>A protocol on a TCP connection: everything is new for every input, so that an answer depends on the input alone.</summary>
internal abstract class StreamTarget : ITarget
{
    /// <summary>In a quarter of a second, at the shortest cycle that a client may ask for (0.1 s), some 3; per quarter, with room.</summary>
    private const int MostPushes = 64;

    protected static readonly DateTimeOffset Morning = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);

    private readonly Recorder _recorder;
    private readonly byte[] _room = new byte[64 * 1024];
    private readonly byte[] _stream = new byte[2 * Input.MostBytes];
    private readonly List<Variant> _variants = [];

    protected StreamTarget(string name, int port, params (string Profile, string[] Settings)[] variants)
    {
        Name = name;
        _recorder = new Recorder("tcp", name, port);
        foreach (var (profile, settings) in variants) _variants.Add(Variant.Read(profile, settings));
    }

    public string Name { get; }

    public int Variants => _variants.Count;

    public bool IsStream => true;

    public abstract IEnumerable<Input> Seeds { get; }

    public abstract IReadOnlyList<byte[]> Words { get; }

    /// <summary>The process image's CPU as the variant has it, not yet switched on.</summary>
    protected virtual Cpu CpuOf(Variant variant, TimeProvider time) => new(new ProcessImage(), IoProgram.Empty, CpuSettings.Default, time);

    protected abstract IConversation Converse(Variant variant, Cpu cpu, TimeProvider time);

    /// <summary>What must hold of a reply; the request is empty for what is said unasked.</summary>
    protected abstract void Check(ReadOnlySpan<byte> request, ReadOnlySpan<byte> reply);

    public abstract byte[] Repair(byte[] message, Random random);

    public Answer Run(Input input, Random? cuts)
    {
        var variant = _variants[input.Variant % _variants.Count];
        var time = new FakeTimeProvider(Morning);
        using var cpu = CpuOf(variant, time);
        cpu.PowerUp();
        var conversation = Converse(variant, cpu, time);
        var replies = new List<byte>();
        _recorder.Begin();
        var (start, end, closed) = (0, 0, false);
        foreach (var (pause, bytes) in input.Messages)
        {
            for (var i = 0; i < pause && !closed; i++)
            {
                time.Advance(TimeSpan.FromMilliseconds(250));
                Push(conversation, time, replies);
            }
            for (var at = 0; at < bytes.Length && !closed;)
            {
                // As a session has it: never more at once than the rest of an unfinished request and 2048 bytes.
                var piece = Math.Min(bytes.Length - at, cuts is null ? 2048 : cuts.Next(4) == 0 ? 1 : 1 + cuts.Next(64));
                if (end + piece > _stream.Length)
                {
                    _stream.AsSpan(start, end - start).CopyTo(_stream);
                    (start, end) = (0, end - start);
                }
                bytes.AsSpan(at, piece).CopyTo(_stream.AsSpan(end));
                (at, end) = (at + piece, end + piece);
                closed = Take(conversation, ref start, end, replies);
            }
            if (closed) break;
        }
        conversation.Ended(_recorder.Log);
        var events = _recorder.Look();
        // Where a connection ends over bytes that are no request, the event shows what had come by then: that is the network's to say, and what is
        // recognised in it as well. As many events as before it must be.
        return new Answer([.. replies], closed ? _recorder.Count : events);
    }

    private bool Take(IConversation conversation, ref int start, int end, List<byte> replies)
    {
        while (start < end)
        {
            _recorder.MakeRoom();
            var before = _recorder.Events;
            var received = _stream.AsSpan(start, end - start);
            var room = _room.AsSpan(0, conversation.LargestReply);
            var step = conversation.Next(received, room, _recorder.Log);
            Violation.Unless(step.Consumed >= 0 && step.Consumed <= received.Length, "consumed more than was received");
            Violation.Unless(step.Reply >= 0 && step.Reply <= room.Length, "a reply longer than the largest");
            Violation.Unless(step.Reply == 0 || step.Consumed > 0, "a reply to nothing");
            Violation.Unless((step.Reply == 0 && step.Close is null) || _recorder.Events > before || IsCounted(room[..step.Reply]), "an exchange without an event");
            Violation.Unless(step.Consumed > 0 || step.Close is not null || _recorder.Events == before, "an event of an unfinished request");
            if (step.Reply > 0) Check(received[..step.Consumed], room[..step.Reply]);
            replies.AddRange(room[..step.Reply]);
            start += step.Consumed;
            if (step.Close is not null) return true;
            if (step.Consumed > 0) continue;
            // The session ends such a connection.
            if (received.Length >= conversation.LargestRequest) return true;
            break;
        }
        return false;
    }

    private void Push(IConversation conversation, FakeTimeProvider time, List<byte> replies)
    {
        for (var pushes = 0; conversation.Due <= time.GetTimestamp(); pushes++)
        {
            Violation.Unless(pushes < MostPushes, "it pushes without end");
            _recorder.MakeRoom();
            var room = _room.AsSpan(0, conversation.LargestReply);
            var step = conversation.Push(room, _recorder.Log);
            Violation.Unless(step.Reply >= 0 && step.Reply <= room.Length, "a push longer than the largest reply");
            // The first is an event, the others are summed up once a minute and at the end.
            if (step.Reply > 0) Check([], room[..step.Reply]);
            replies.AddRange(room[..step.Reply]);
        }
    }

    /// <summary>An exchange that is not recorded one by one but summed up, at the latest when the connection ends.</summary>
    protected virtual bool IsCounted(ReadOnlySpan<byte> reply) => false;

    public string Show(Input input)
    {
        var text = new System.Text.StringBuilder();
        var variant = _variants[input.Variant % _variants.Count];
        text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"profile: {variant.Profile}");
        foreach (var setting in variant.Settings) text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"set: {setting.Replace("=", " = ", StringComparison.Ordinal)}");
        text.AppendLine("--- found by fuzzing");
        foreach (var (pause, bytes) in input.Messages)
        {
            if (pause > 0) text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"# {pause * 0.25} s later");
            if (bytes.Length > 0) text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"> {Convert.ToHexString(bytes)}");
        }
        return text.ToString();
    }

    public void Dispose() => _recorder.Dispose();

    /// <summary>The cases of the .wire files that have this variant's profile and settings, each a conversation.</summary>
    protected IEnumerable<Input> Vectors(string folder)
    {
        foreach (var vector in WireVector.LoadAll(folder))
        {
            var settings = vector.Settings.Select(s => $"{s.Key}={s.Value}").ToArray();
            var which = _variants.FindIndex(v => v.Profile == vector.Profile && v.Settings.SequenceEqual(settings));
            if (which < 0) which = _variants.Count == 0 ? 0 : _variants.FindIndex(v => v.Profile == vector.Profile);
            foreach (var wire in vector.Cases) yield return Input.Of((byte)Math.Max(0, which), wire.Exchanges.Select(e => e.Sent));
        }
    }

    /// <summary>All that the .wire files of a folder are run with.</summary>
    protected static (string Profile, string[] Settings)[] VariantsOf(string folder, params (string, string[])[] others) =>
        [.. WireVector.LoadAll(folder).Select(v => (v.Profile, Settings: v.Settings.Select(s => $"{s.Key}={s.Value}").ToArray()))
            .Concat(others).DistinctBy(v => $"{v.Item1} {string.Join(' ', v.Item2)}")];
}

/// <summary>A profile with settings over it, read once.</summary>
internal sealed record Variant(string Profile, string[] Settings, ConfigSection User, ConfigSection Base)
{
    /// <summary>The settings over the profile's.</summary>
    public ConfigSection Section(string name) => User.Section(name).Over(Base.Section(name));

    public static Variant Read(string profile, string[] settings)
    {
        var errors = new ConfigErrors();
        var file = ConfigFile.Empty("fuzz", errors);
        foreach (var setting in settings) file.Set(setting);
        return new Variant(profile, settings, file.Root, PlcProfile.Load(profile, errors).Root);
    }
}
