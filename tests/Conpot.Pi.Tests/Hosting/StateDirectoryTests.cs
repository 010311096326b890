using System.Diagnostics;
using Conpot.Pi.Hosting;
using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

public class StateDirectoryTests
{
    [Fact]
    public void A_kept_identity_comes_before_any_other_and_stays()
    {
        using var temp = new TempDirectory();
        File.WriteAllText(temp["seed"], "pump-house-3\n");
        Assert.Equal(DeviceSeed.From("pump-house-3").ToString(), StateDirectory.Seed(temp.Path, create: true).ToString());
        Assert.Equal("pump-house-3\n", File.ReadAllText(temp["seed"]));
    }

    [Fact]
    public void An_empty_identity_is_none_and_a_mere_look_writes_nothing()
    {
        using var temp = new TempDirectory();
        File.WriteAllText(temp["seed"], " \n");
        _ = StateDirectory.Seed(temp.Path, create: false);
        Assert.Equal(" \n", File.ReadAllText(temp["seed"]));
        _ = StateDirectory.Seed(temp["none"], create: false);
        Assert.False(Directory.Exists(temp["none"]));
    }

    [Fact]
    public void An_identity_once_made_is_the_same_at_the_next_start()
    {
        using var temp = new TempDirectory();
        Assert.Equal(StateDirectory.Seed(temp.Path, create: true).ToString(), StateDirectory.Seed(temp.Path, create: true).ToString());
    }

    /// <summary>Root reads it before the network is up, in a directory of the sensor's user.</summary>
    [Theory]
    [InlineData("mkfifo seed")]
    [InlineData("ln -s /dev/zero seed")]
    [InlineData("head -c 5000 /dev/zero | tr '\\0' x > seed")]
    public void What_is_no_small_file_is_no_identity_and_is_replaced(string planted)
    {
        using var temp = new TempDirectory();
        using (var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-ec", planted]) { WorkingDirectory = temp.Path })!)
        {
            shell.WaitForExit();
            Assert.Equal(0, shell.ExitCode);
        }
        StateDirectory.MakeSeed(temp.Path, temp["root"]);
        var made = File.ReadAllText(temp["seed"]);
        Assert.Equal(33, made.Length);
        Assert.Equal(DeviceSeed.From(made).ToString(), StateDirectory.Seed(temp.Path, create: false).ToString());
    }

    [Fact]
    public void A_directory_in_its_place_is_told()
    {
        using var temp = new TempDirectory();
        Directory.CreateDirectory(temp["seed"]);
        Assert.Contains("this sensor's identity cannot be kept", Assert.Throws<IOException>(() => StateDirectory.MakeSeed(temp.Path, temp["root"])).Message, StringComparison.Ordinal);
    }
}
