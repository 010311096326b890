using Conpot.Pi.Cli;
using Conpot.Pi.Cli.Doctor;
using Xunit;

namespace Conpot.Pi.Tests.Cli.Doctor;

/// <summary>Whether events are kept: room, medium, journal, clock.</summary>
public class KeepingChecksTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(10_000 * MiB, "Ok")]
    [InlineData(100 * MiB, "Warning")]
    [InlineData(7 * MiB, "Failure")]
    [InlineData(null, "Warning")]
    public void The_journal_needs_room_to_grow(long? free, string verdict)
    {
        using var rig = new PatientRig();
        Assert.Equal(verdict, Assert.Single(rig.Run(new SpaceCheck(_ => free))).Verdict.ToString());
    }

    [Fact]
    public void What_the_journal_has_already_it_does_not_need_again()
    {
        using var rig = new PatientRig().Runs(PatientRig.Running.Replace("\"bytes\":1000", $"\"bytes\":{250 * MiB}", StringComparison.Ordinal));
        Assert.Equal(["Ok: 100MiB free for /j; the journal may grow by 6MiB"], rig.Tell(new SpaceCheck(_ => 100 * MiB)));
    }

    [Fact]
    public void Room_is_asked_of_the_nearest_directory_that_exists()
    {
        using var temp = new TempDirectory();
        Assert.True(SpaceCheck.FreeBytes(temp["a/b/c"]) > 0);
    }

    [Theory]
    [InlineData("24 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw", "Ok: /dev/mmcblk0p2 (ext4, noatime) at /")]
    [InlineData("24 1 179:2 / / rw,relatime - ext4 /dev/mmcblk0p2 rw", "Ok: /dev/mmcblk0p2 (ext4) at /")]
    [InlineData("24 1 179:2 / / rw - ext4 /dev/mmcblk0p2 rw", "Warning: / is a card, and every read writes to it -> add noatime to its line in /etc/fstab, then: sudo mount -o remount,noatime /")]
    [InlineData("24 1 8:2 / / rw - ext4 /dev/sda2 rw", "Ok: /dev/sda2 (ext4) at /")]
    [InlineData("24 1 8:2 / / ro - ext4 /dev/sda2 ro", "Failure: / is mounted read-only -> see why ('dmesg' names a failing card), then: sudo mount -o remount,rw /")]
    [InlineData("24 1 0:2 / / rw - tmpfs tmpfs rw", "Warning: /j is in memory (tmpfs), and a restart forgets it -> set [journal] directory to a place on the card")]
    [InlineData("not a mount", "Skipped: which medium holds the journal cannot be told")]
    public void The_medium_keeps_and_is_spared(string mountinfo, string expected)
    {
        using var rig = new PatientRig().Runs().File("proc/self/mountinfo", mountinfo + "\n");
        Assert.Equal([expected], rig.Tell(new MediumCheck()));
    }

    [Fact]
    public void A_card_that_is_forced_every_moment_is_told()
    {
        using var rig = new PatientRig(PatientRig.OnThePlant + "[journal]\nsync = \"100ms\"\n").File("proc/self/mountinfo", "24 1 179:2 / / rw,noatime - ext4 /dev/mmcblk0p2 rw\n");
        Assert.Equal(["Warning: the journal is forced onto the card every 100 ms -> set [journal] sync to 5s"], rig.Tell(new MediumCheck()));
    }

    [Fact]
    public void The_nearest_mount_holds_a_directory()
    {
        using var rig = new PatientRig().File("proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / /var rw - ext4 /dev/b rw\n3 1 8:3 / /variety rw - ext4 /dev/c rw\n4 1 8:4 / /with\\040blank rw - ext4 /dev/d rw\n");
        Assert.Equal(["/dev/b", "/dev/a", "/dev/d"], new[] { "/var/lib/x", "/vari", "/with blank/x" }.Select(d => Mount.Of(rig.Patient.Machine, d)!.Source));
    }

    [Fact]
    public void A_running_journal_says_how_it_is()
    {
        using var rig = new PatientRig().Runs();
        Assert.Equal(["Ok: 3 events in /j, none lost in this run"], rig.Tell(new JournalCheck()));
        rig.Runs(PatientRig.Running.Replace("\"lost\":0", "\"lost\":12", StringComparison.Ordinal));
        Assert.Equal(Verdict.Warning, Assert.Single(rig.Run(new JournalCheck())).Verdict);
        rig.Runs(PatientRig.Running.Replace("\"fault\":null", "\"fault\":\"No space left\"", StringComparison.Ordinal));
        Assert.Equal("Failure: /j is in trouble: No space left -> make room, or check the card ('dmesg' names its errors)", Assert.Single(rig.Tell(new JournalCheck())));
    }

    [Fact]
    public void A_journal_at_rest_may_be_written()
    {
        using var rig = new PatientRig();
        Directory.CreateDirectory(Path.Join(rig.State, "journal"));
        Assert.Equal([$"Ok: {rig.State}/journal is empty, and may be written"], rig.Tell(new JournalCheck()));
        File.WriteAllText(Path.Join(rig.State, "journal/events-000000000001.jsonl"), "");
        Assert.Equal([$"Ok: 1 segment in {rig.State}/journal, which may be written"], rig.Tell(new JournalCheck()));
    }

    [Fact]
    public void A_clock_that_nobody_sets_is_told_and_one_of_another_age_fails()
    {
        using var rig = new PatientRig();
        Assert.Equal(["Ok: 2026-11-22 12:00 UTC, synchronised"], rig.Tell(new ClockCheck(() => true)));
        Assert.Equal(Verdict.Warning, Assert.Single(rig.Run(new ClockCheck(() => false))).Verdict);
        rig.With(p => p with { Time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch) });
        var finding = Assert.Single(rig.Run(new ClockCheck(() => true)));
        Assert.Equal((Verdict.Failure, "it is 1970-01-01 00:00 UTC here, which cannot be"), (finding.Verdict, finding.Fact));
        Assert.Contains("timedatectl set-ntp true", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void The_Pis_own_health_is_told()
    {
        using var rig = new PatientRig();
        Assert.Equal(Verdict.Skipped, Assert.Single(rig.Run(new MachineCheck())).Verdict);
        rig.File("sys/class/thermal/thermal_zone0/temp", "48312\n").File("sys/devices/platform/soc/soc:firmware/get_throttled", "0\n");
        Assert.Equal(["Ok: 48.3 degrees Celsius, supply well"], rig.Tell(new MachineCheck()));
        rig.File("sys/class/thermal/thermal_zone0/temp", "82000\n").File("sys/devices/platform/soc/soc:firmware/get_throttled", "50005\n");
        Assert.Equal([Verdict.Warning, Verdict.Warning], rig.Run(new MachineCheck()).Select(f => f.Verdict));
    }

    [Theory]
    [InlineData("NTP=", "Warning: no time server is set, and the clock is only as right as it was when this machine was last on -> name one of your network: ntp = \"192.168.1.1\" in [appliance]")]
    [InlineData("NTP=192.0.2.7", null)]
    public void An_image_without_a_time_server_is_told(string line, string? expected)
    {
        using var rig = new PatientRig().File("run/conpot-pi-appliance/env", "").File("run/systemd/timesyncd.conf.d/50-conpot-pi.conf", $"[Time]\n{line}\nFallbackNTP=\n");
        const string well = "Ok: network, firewall, clock and management are as the settings say";
        Assert.Equal(expected is null ? [well] : [expected, well], rig.Tell(new ApplianceCheck()));
    }
}
