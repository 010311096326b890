using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Hosting;
using Conpot.Pi.Tests.Net;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

/// <summary>A bad settings file: what is in force instead, where its mistakes are told, and that a good copy is never lost.</summary>
public sealed class LastGoodTests : IDisposable
{
    private const string Mistake = "\n[modbus]\nprot = 1\n";

    private readonly TempDirectory _temp = new();
    private readonly List<string> _said = [];

    public LastGoodTests()
    {
        Directory.CreateDirectory(_temp["card"]);
        Directory.CreateDirectory(_temp["state"]);
    }

    private string File1 => Path.Combine(_temp["card"], "conpot-pi.toml");

    private string Copy => Path.Combine(_temp["state"], "last-good.toml");

    private string Errors => Path.Combine(_temp["card"], "conpot-pi-errors.txt");

    [Fact]
    public void A_good_file_is_kept_once_a_sensor_has_started_with_it()
    {
        Put("name = \"one\"\n");
        var settings = Make();
        var plan = settings.Read(TimeProvider.System, create: false, out var mistakes)!;
        Assert.Empty(mistakes);
        Assert.Equal((Standing.File, null), (settings.Standing, settings.Problem));
        Assert.False(File.Exists(Copy));
        Assert.Null(settings.Keep(plan));
        Assert.Equal(File.ReadAllBytes(File1), File.ReadAllBytes(Copy));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Copy));
    }

    [Fact]
    public void A_bad_file_leaves_the_last_good_one_in_force_and_its_mistakes_beside_it()
    {
        File.WriteAllText(Copy, Common("name = \"one\"\n"));
        Put("name = \"two\"\n" + Mistake);
        var settings = Make();
        var plan = settings.Read(TimeProvider.System, create: false, out var mistakes)!;
        Assert.Equal(("one", Standing.LastGood), (plan.Name, settings.Standing));
        Assert.Equal("mistakes at conpot-pi.toml:10:1 (unknown setting 'prot' in [modbus]; did you mean 'port'?)", settings.Problem);
        Assert.Null(settings.Tell(mistakes));
        Assert.Equal(
            "conpot-pi.toml has a mistake, so it is not in force.\r\nThe sensor runs with the settings that worked last. Its SF lamp blinks.\r\n"
            + "Each line below has the place (line and column), what is wrong, and what to write.\r\n\r\n"
            + $"{Assert.Single(mistakes)}\r\n\r\nCorrect them and start the machine again. This file goes away by itself when all is well.\r\n", File.ReadAllText(Errors));
        Assert.Null(settings.Keep(plan)); // what is in force by necessity is the copy already
        Assert.Contains("name = \"one\"", File.ReadAllText(Copy), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_has_a_directory_of_his_own_takes_nothing_from_the_sensors()
    {
        File.WriteAllText(Copy, Common("name = \"planted\"\n"));
        Put("name = \"one\"\n");
        var settings = new LastGood(Make().Wanted, mayBeBuiltIn: true) { CopyDirectory = _temp["system"] };
        Assert.Null(settings.KeepCopy(settings.Read(TimeProvider.System, create: false, out _)!));
        Put("name = \"two\"\n" + Mistake);
        Assert.Equal(("one", Standing.LastGood), (settings.Read(TimeProvider.System, create: false, out _)!.Name, settings.Standing));
        File.Delete(Path.Combine(_temp["system"], "last-good.toml"));
        Assert.NotEqual("planted", settings.Read(TimeProvider.System, create: false, out _)!.Name);
        Assert.Equal(Standing.BuiltIn, settings.Standing);
        Assert.Contains("planted", File.ReadAllText(Copy), StringComparison.Ordinal); // the sensor's stays its own
    }

    [Fact]
    public void The_mistakes_go_away_with_the_good_file()
    {
        Put(Mistake);
        var settings = Make(builtIn: true);
        settings.Read(TimeProvider.System, create: false, out var mistakes);
        settings.Tell(mistakes);
        Assert.True(settings.IsTold(mistakes));
        Put("");
        settings.Read(TimeProvider.System, create: false, out mistakes);
        settings.Tell(mistakes);
        Assert.False(File.Exists(Errors));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_neither_the_built_in_settings_are_in_force_on_an_image_alone(bool image)
    {
        File.WriteAllText(Copy, "nonsense");
        Put(Mistake);
        var settings = Make(image);
        var plan = settings.Read(TimeProvider.System, create: false, out var mistakes);
        Assert.Single(mistakes);
        Assert.Equal(image, plan is not null);
        if (image) Assert.Equal(Standing.BuiltIn, settings.Standing);
    }

    [Fact]
    public void Where_the_card_cannot_be_written_the_state_directory_has_the_mistakes()
    {
        Put(Mistake);
        Directory.CreateDirectory(Errors); // in the way, for root as well
        File.WriteAllText(Path.Combine(Errors, "x"), "");
        var settings = Make(builtIn: true);
        settings.Read(TimeProvider.System, create: false, out var mistakes);
        Assert.Null(settings.Tell(mistakes));
        Assert.Contains("unknown setting 'prot'", File.ReadAllText(settings.ErrorsInState), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_arbitrary_bytes_or_none_is_a_mistake_like_any_other()
    {
        File.WriteAllText(Copy, Common(""));
        var settings = Make();
        Assert.NotNull(settings.Read(TimeProvider.System, create: false, out var mistakes));
        Assert.Contains("cannot be read", Assert.Single(mistakes).Message, StringComparison.Ordinal);
        File.WriteAllBytes(File1, [0, 1, 2, 255, 254]);
        Assert.NotNull(settings.Read(TimeProvider.System, create: false, out mistakes));
        Assert.NotEmpty(mistakes);
        Assert.DoesNotContain('\0', LastGood.Explain(mistakes, Standing.LastGood));
    }

    [Fact]
    public void A_copy_that_cannot_be_written_leaves_the_old_one()
    {
        Put("name = \"new\"\n");
        Directory.CreateDirectory(Copy + ".new");
        File.WriteAllText(Path.Combine(Copy + ".new", "x"), "");
        File.WriteAllText(Copy, "old");
        var settings = Make();
        var plan = settings.Read(TimeProvider.System, create: false, out _)!;
        Assert.Contains("cannot be kept", settings.Keep(plan), StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(Copy));
    }

    [Fact]
    public void A_running_sensor_tells_and_forgets_at_a_reload()
    {
        File.WriteAllText(Copy, Common("name = \"one\"\n"));
        Put("name = \"one\"\n" + Mistake);
        var settings = Make();
        var plan = settings.Read(TimeProvider.System, create: true, out _)!;
        using var sensor = new Sensor(settings.Wanted, plan, TimeProvider.System, _said.Add, _said.Add) { LastGood = settings };
        sensor.Start();
        sensor.Reload();
        Assert.Equal(Standing.LastGood, settings.Standing);
        Assert.True(File.Exists(Errors));
        Put("name = \"one\"\n[alerts]\nalive = \"2h\"\n");
        sensor.Reload();
        Assert.Equal((Standing.File, null), (settings.Standing, settings.Problem));
        Assert.False(File.Exists(Errors));
        Assert.Equal(File.ReadAllBytes(File1), File.ReadAllBytes(Copy));
        Put("name = \"another\"\n");
        sensor.Reload();
        Assert.Contains("only at a restart", settings.Problem, StringComparison.Ordinal);
        Assert.Contains("alive", File.ReadAllText(Copy), StringComparison.Ordinal);
        sensor.Stop();
        var config = Segments.List(_temp["journal"]).SelectMany(s => File.ReadLines(s.Path)).Select(l => JsonDocument.Parse(l).RootElement).Where(e => NetRig.Action(e) == "sensor.config").ToList();
        Assert.Equal(["failure", "failure", "success", "failure"], config.Select(e => e.GetProperty("event").TryGetProperty("outcome", out var o) ? o.GetString() : "success"));
        Assert.Equal("last-good", config[0].GetProperty("conpot").GetProperty("in_force").GetString());
    }

    public void Dispose() => _temp.Dispose();

    private void Put(string text) => File.WriteAllText(File1, Common(text));

    private string Common(string text) => (text.StartsWith("name", StringComparison.Ordinal) ? text[..(text.IndexOf('\n', StringComparison.Ordinal) + 1)] : "name = \"x\"\n")
        + $"[network]\nlisten = \"127.0.0.1\"\n[journal]\ndirectory = \"{_temp["journal"]}\"\n[snmp]\nenabled = false"
        + (text.StartsWith("name", StringComparison.Ordinal) ? text[(text.IndexOf('\n', StringComparison.Ordinal))..] : "\n" + text);

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private LastGood Make(bool builtIn = false) => new(new ConfigSource(File1, [$"modbus.port={FreePort()}"]) { StateDirectory = _temp["state"] }, builtIn);
}
